import { evictReasons } from '@hearth/contracts';
import { imageUnfitReasons } from '@hearth/driver-api';
import { resolve } from 'node:path';
import { backendSchema } from '../../apps/volume-manager/src/backends/backend.config';
import { backendOptions } from '../../apps/volume-manager/src/backends/backend-options';
import { readTree } from '../../tools/tidy/tree';

const tree = readTree(resolve(__dirname, '../..'));
const pageOf = (path: string) => tree.get(path) ?? '';
const cachePage = pageOf('docs/image-volume-cache.md');
const cinderPage = pageOf('docs/coming-from-cinder.md');
const program = [...tree]
  .filter(([path]) => /^(apps|libs)\/.*\.ts$/.test(path) && !path.endsWith('.spec.ts'))
  .map(([, text]) => text)
  .join('\n');

/** The part of a page under a heading. */
function section(page: string, heading: string): string {
  const [, text] = page.split(`\n## ${heading}\n`);
  if (text === undefined) throw new Error(`no heading ${heading}`);
  return text.split('\n## ')[0] ?? '';
}

/** The cells of the rows of its tables, without their heads. */
const rowsOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| --'))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()))
    .filter((_, index, all) => index > 0 || all.length === 0);

const codesIn = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
const defaults: Readonly<Record<string, unknown>> = backendSchema.parse({ name: 'a', driver: 'file' });
const shown = (name: string) => (defaults[name] === undefined ? 'unset' : `\`${JSON.stringify(defaults[name])}\``);

describe('the page of the cache', () => {
  test('has every option of a backend, with its default', () => {
    // Where a limit is not said, it is none; the schema knows so of its two names together.
    const special: Readonly<Record<string, string>> = { image_volume_cache_max_count: '`0`' };
    const rows = rowsOf(section(cachePage, 'Options of a backend')).map(([name, byDefault]) => [name, byDefault]);
    const wanted = Object.keys(backendOptions).map((name) => [`\`${name}\``, special[name] ?? shown(name)]);
    expect(rows.sort()).toEqual(wanted.sort());
  });

  test('has every reason why an entry goes, and no other', () => {
    const reasons = rowsOf(section(cachePage, 'Who goes, and why')).map(([reason]) => reason);
    expect(reasons.sort()).toEqual(evictReasons.map((reason) => `\`${reason}\``).sort());
  });

  test('names reasons of decisions that there are, and all that a driver or the pool may give', () => {
    const why = section(cachePage, 'Why was this not a hit?');
    const named = codesIn(why).filter((code) => /^[a-z]+(-[a-z]+)+$/.test(code));
    const refusals = [...pageOf('libs/contracts/src/refusals.ts').matchAll(/'image-cache\.([a-z_]+)'/g)];
    const ofPool = new Set(refusals.map(([, code = '']) => code.replaceAll('_', '-')));
    expect(named.filter((reason) => !ofPool.has(reason) && !isReason(reason))).toEqual([]);
    expect(codesIn(why)).toEqual(
      expect.arrayContaining([
        ...imageUnfitReasons,
        ...['no-room', 'larger-than-cache', 'switched-off', 'suspended', 'not-admitted', 'project-share'],
        ...['cache-disabled', 'cache-misconfigured', 'internal-quota', 'image-not-public-or-owned', 'encrypted'],
      ]),
    );
  });

  function isReason(code: string): boolean {
    // `cache-disabled`, `cache-misconfigured`: the state of the cache behind its name.
    const state = /^cache-(disabled|misconfigured)$/.exec(code)?.[1];
    return program.includes(`'${code}'`) || (state !== undefined && program.includes('`cache-${cache.state}`'));
  }

  test('names metrics that there are', () => {
    const metrics = codesIn(section(cachePage, 'To be watched')).filter((code) => code.includes('_'));
    expect(metrics.length).toBeGreaterThan(10);
    expect(metrics.filter((name) => !program.includes(`'${name}'`))).toEqual([]);
  });
});

/** Cinder's options for image-backed volumes and their cache; `undefined` where ours is no option of a backend. */
const cindersOptions: Readonly<Record<string, unknown>> = {
  image_volume_cache_enabled: false,
  image_volume_cache_max_size_gb: 0,
  image_upload_use_cinder_backend: false,
  image_upload_use_internal_tenant: false,
};
const novasOptions: Readonly<Record<string, unknown>> = {
  remove_unused_original_minimum_age_seconds: 86_400,
  remove_unused_resized_minimum_age_seconds: 3_600,
};
const elsewhere = [
  ...['image_volume_cache_max_count', 'cinder_internal_tenant_project_id', 'cinder_internal_tenant_user_id'],
  ...['allowed_direct_url_schemes', 'verify_glance_signatures', 'glance_api_servers', 'glance_catalog_info'],
  ...['glance_num_retries', 'glance_request_timeout', 'glance_core_properties', 'reserved_image_namespaces'],
  ...['image_conversion_dir', 'image_conversion_cpu_limit', 'image_conversion_address_space_limit'],
  ...['image_conversion_disable', 'image_compress_on_upload', 'allow_compression_on_image_upload'],
  ...['vmdk_allowed_types', 'scheduler_max_attempts', 'quota_volumes', 'quota_gigabytes', 'backend_url'],
  ...['use_multipath_for_image_xfer', 'enforce_multipath_for_image_xfer', 'volume_dd_blocksize'],
  ...['volume_copy_bps_limit', 'volume_copy_blkio_cgroup_name'],
];

test('J.1: options that Cinder and Nova have, have their defaults', () => {
  expect(defaults).toMatchObject({ ...cindersOptions, ...novasOptions });
  for (const unset of ['cinder_internal_tenant_project_id', 'cinder_internal_tenant_user_id']) {
    expect(defaults[unset]).toBeUndefined();
  }
});

describe('the page for those who come from Cinder', () => {
  test('has a note for each difference', () => {
    const notes = rowsOf(section(cinderPage, 'What is different, and why')).map(([what = '']) => what.slice(0, 2));
    expect(notes).toEqual([...'abcdefghijkl'].map((letter) => `${letter}.`));
  });

  test('has every option of Cinder, and says where it went', () => {
    const named = rowsOf(section(cinderPage, 'Where the options went')).flatMap(([name = '']) => codesIn(name));
    expect(named).toEqual(expect.arrayContaining([...Object.keys(cindersOptions), ...elsewhere]));
  });
});

test.each([
  ['docs/image-volume-cache.md', cachePage],
  ['docs/coming-from-cinder.md', cinderPage],
])('%s names variables of the environment that there are', (_path, page) => {
  const reference = pageOf('docs/reference/config.md');
  const names = [...new Set(page.match(/HEARTH_[A-Z_]+/g))];
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !reference.includes(`\`${name}\``))).toEqual([]);
});
