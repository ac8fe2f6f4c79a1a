import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ann, imageId, policy, policyId, pool, poolView } from '../testing/cache-fixtures';
import { FakeApi } from '../testing/fake-api';
import { type HearthOptions, nowMs, runHearth } from '../testing/run-hearth';
import type { Finding } from './finding';

let api: FakeApi;
let images: FakeApi;
let directory: TemporaryDirectory;

const date = (ms: number) => new Date(ms).toUTCString();
const reported = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}.000000`;
const durable = { durable: true, serverVersion: '2.11.3', reason: 'the server syncs before it acknowledges' };

const services = () => [
  service({ binary: 'cinder-scheduler', host: 'control-01' }),
  service({ binary: 'cinder-volume', host: 'store-01@fast', backend_state: 'up' }),
];
const service = (fields: object) => ({
  ...{ zone: 'nova', status: 'enabled', state: 'up', updated_at: reported(nowMs - 3_000), disabled_reason: null },
  ...fields,
});

beforeEach(async () => {
  [api, images] = await Promise.all([FakeApi.start(), FakeApi.start()]);
  directory = await temporaryDirectory('hearth-doctor-');
  givenReadiness({ log: { status: 'ok', detail: durable } });
  api.givenBodies('GET /v3/cache/pools', { pools: [poolView()] });
  api.givenBodies('GET /v3/os-services', { services: services() });
  api.givenBodies('GET /v3/cache/policies', { policies: [] });
  givenImages({ id: 'x', direct_url: 'rbd://pool/x' });
});
afterEach(async () => {
  await Promise.all([api.close(), images.close(), directory.remove()]);
  expect(api.violations).toEqual([]);
});

const givenReadiness = (checks: object, status = 200, ms = nowMs) =>
  api.given('GET /health/ready', { status, body: { status: 'ok', checks }, headers: { Date: date(ms) } });
const givenImages = (...listed: object[]) =>
  images.givenBodies('GET /v2/images?limit=1&status=active', { images: listed });

const run = (options: HearthOptions, ...args: string[]) =>
  runHearth(api.url, ['doctor', ...args], {
    ...options,
    defaults: { openstack: { image_endpoint_override: `${images.url}/v2` }, ...options.defaults },
  });

/** What is not well, as `level check subject: what`. */
async function findings(...args: string[]) {
  const { code, out } = await run({}, ...args, '--json');
  const all = (JSON.parse(out) as Finding[]).filter(({ level }) => level !== 'ok');
  return { code, all: all.map(({ level, check, subject, what }) => `${level} ${check} ${subject}: ${what}`) };
}

test('where all is well, everything is said to be, and nothing fails', async () => {
  expect(await findings('--strict')).toEqual({ code: 0, all: [] });
  const { code, out } = await run({});
  expect([code, out.split('\n')]).toEqual([0, expect.arrayContaining([expect.stringMatching(/^ok {7}durability/)])]);
});

test('what the api misses is told with what to do', async () => {
  givenReadiness(
    { postgres: { status: 'failing', error: 'connect ECONNREFUSED' }, log: { status: 'ok', detail: durable } },
    503,
  );
  const { code, out } = await run({});
  expect([code, out]).toEqual([
    1,
    expect.stringMatching(/failing +api +postgres: connect ECONN.*\n +→ see that PostgreSQL runs/),
  ]);
});

test('a gateway that keeps the health of the api to itself is no failure, and said', async () => {
  api.given('GET /health/ready', { status: 404, body: {} });
  expect((await findings()).all).toContainEqual(expect.stringMatching(/^unknown api null: .* with 404 and no checks/));
  api.given('GET /health/ready', { status: 200, text: '<html>' });
  const { code, all } = await findings();
  expect([code, all]).toEqual([
    0,
    [expect.stringContaining('what is no JSON'), expect.stringMatching(/^unknown clocks/)],
  ]);
});

test('a suspect log leads to how it is settled', async () => {
  givenReadiness({ 'log-end': { status: 'failing', error: 'suspect: the log lacks what was seen of it' } }, 503);
  expect((await run({})).out).toMatch(/suspect[^]*→ .*hearth log verify/);
});

test.each([
  [false, 'failing', 1],
  ['unknown', 'unknown', 0],
])('a log whose durability is %s is %s', async (known, level, expected) => {
  givenReadiness({ log: { status: 'ok', detail: { ...durable, durable: known } } });
  const { code, all } = await findings();
  expect([code, all]).toEqual([expected, [expect.stringMatching(`^${level} durability`)]]);
});

test('in doubt it fails where it is asked to be strict', async () => {
  givenReadiness({ log: { status: 'ok', detail: { ...durable, durable: 'unknown' } } });
  expect((await findings('--strict')).code).toBe(1);
});

test('hosts that are away, closed or disabled', async () => {
  const [scheduler, store] = services();
  const away = { ...store, host: 'store-02@fast', state: 'down', backend_state: 'down' };
  const closed = { ...store, host: 'store-03@fast', backend_state: 'down' };
  const disabled = { ...store, host: 'store-04@fast', status: 'disabled', disabled_reason: 'new disks' };
  api.givenBodies('GET /v3/os-services', { services: [scheduler, away, closed, disabled] });
  expect(await findings()).toEqual({
    code: 1,
    all: [
      'failing hosts cinder-volume store-02@fast: it is away since 2026-11-22T11:59:57',
      'failing hosts cinder-volume store-03@fast: it reports, but its backend is down',
      'note hosts cinder-volume store-04@fast: it is disabled: new disks',
    ],
  });
});

test('a scheduler that never was', async () => {
  api.givenBodies('GET /v3/os-services', { services: services().slice(1) });
  expect((await findings()).all).toEqual(['failing hosts null: a scheduler has never reported']);
});

test.each([
  ['ahead of', nowMs - 9_000],
  ['behind', nowMs + 9_000],
])('this machine is %s the api', async (_what, apiMs) => {
  givenReadiness({ log: { status: 'ok', detail: durable } }, 200, apiMs);
  const own = [
    service({ binary: 'cinder-scheduler', updated_at: reported(apiMs) }),
    service({ binary: 'cinder-volume', updated_at: reported(apiMs) }),
  ];
  api.givenBodies('GET /v3/os-services', { services: own });
  expect((await findings()).all).toEqual([`warning clocks null: this machine's clock is 9 s ${_what} the api's`]);
});

test('clocks of hosts that are apart from the one of the api', async () => {
  const [scheduler, store] = services();
  const ahead = { ...store, updated_at: reported(nowMs + 30_000) };
  api.givenBodies('GET /v3/os-services', { services: [{ ...scheduler, updated_at: reported(nowMs - 90_000) }, ahead] });
  expect((await findings()).all).toEqual([
    expect.stringContaining('control-01: it dates its reports 90 s back'),
    "warning clocks cinder-volume store-01@fast: its clock is 30 s ahead of the api's",
  ]);
});

test('a cache without its internal tenant is misconfigured, with the options that are missing', async () => {
  const reason = 'cinder_internal_tenant_project_id must be set';
  api.givenBodies('GET /v3/cache/pools', { pools: [poolView({ state: 'misconfigured', reason })] });
  const { code, out } = await run({});
  expect([code, out]).toEqual([
    1,
    expect.stringMatching(/failing +cache +.*must be set\n +→ make a project and a user/),
  ]);
});

test('caches without limits, off, disabled, and never reported', async () => {
  const settings = { state: 'enabled', reason: null, maxSizeGib: 0, maxCount: 0 } as const;
  api.givenBodies('GET /v3/cache/pools', {
    pools: [
      poolView({ settings }),
      poolView({ offReady: 'stay', offBy: ann }),
      poolView({ state: 'disabled', reason: 'image_volume_cache_enabled is false' }),
      poolView({ state: null, settings: null }),
    ],
  });
  expect((await findings()).all.map((line) => line.split(`${pool}: `)[1])).toEqual([
    'the cache has no limit: it may fill the pool',
    'switched off by user ann of project ops; entries stay',
    'no cache: image_volume_cache_enabled is false',
    'its host has not reported what its cache may do',
  ]);
});

test('fills that fail, suspended entries, and retired ones that take more than all that serve', async () => {
  const pools = [poolView({ fillsFailed: 3, misses: 4, suspendedCount: 2, retiredGib: 50, retiredCount: 5 })];
  api.givenBodies('GET /v3/cache/pools', { pools });
  const { code, all } = await findings();
  expect([code, all.length]).toEqual([0, 3]);
});

test('I.20: an image service that does not disclose where images lie', async () => {
  givenImages({ id: 'x' });
  expect((await findings()).all).toEqual([expect.stringMatching(/^warning images .*every first use is a download$/)]);
});

test('an image service that nobody names, that has no image, that refuses, that is away', async () => {
  const openstack = {};
  expect((await run({ defaults: { openstack } })).out).toMatch(
    /unknown +images +where the image service is, is not known/,
  );
  givenImages();
  expect((await findings()).all).toEqual([expect.stringContaining('no active image to look at')]);
  images.given('GET /v2/images?limit=1&status=active', { status: 401, body: {} });
  expect((await findings()).all).toEqual([expect.stringContaining('it answers 401')]);
  const away = { image_endpoint_override: 'http://127.0.0.1:9' };
  expect(await run({ defaults: { openstack: away } })).toMatchObject({
    code: 1,
    out: expect.stringContaining('it cannot be asked'),
  });
});

test('who is no administrator is told so, beside what everybody may see', async () => {
  api.given('GET /v3/cache/pools', {
    status: 403,
    body: { forbidden: { code: 403, message: "Policy doesn't allow it." } },
  });
  const { code, all } = await findings();
  expect([code, all]).toEqual([1, ["failing access null: Policy doesn't allow it. (HTTP 403)"]]);
});

test('an api that is away is exit code 5', async () => {
  expect((await run({ defaults: { url: 'http://127.0.0.1:9' } })).code).toBe(5);
});

describe('I.32: options in the wrong place', () => {
  async function written(content: string) {
    const file = join(directory.path, 'backends.json');
    await writeFile(file, content);
    return file;
  }
  const stanza = { name: 'fast', driver: 'file' };

  test('of a file are found by the rules of the host', async () => {
    const file = await written(JSON.stringify({ backends: [stanza], image_volume_cache_enabled: true }));
    const { code, all } = await findings('--backends', file);
    expect([code, all]).toEqual([
      1,
      [expect.stringMatching(/failing options .*image_volume_cache_enabled: is in the wrong place/)],
    ]);
  });

  test('a cache without its tenant is seen before its host starts', async () => {
    const file = await written(JSON.stringify([{ ...stanza, image_volume_cache_enabled: true }]));
    expect((await findings('--backends', file)).all).toEqual([expect.stringContaining('the cache is misconfigured')]);
  });

  test('a file that is right is right, one that is no JSON is not, one that is missing is not found', async () => {
    expect(await findings('--backends', await written(JSON.stringify([stanza])))).toEqual({ code: 0, all: [] });
    expect((await findings('--backends', await written('{'))).all).toEqual([expect.stringContaining('it is no JSON')]);
    expect((await run({}, '--backends', join(directory.path, 'none.json'))).code).toBe(3);
  });

  test('of the environment are found, too', async () => {
    const defaults = { variables: ['PATH', 'HEARTH_IMAGE_VOLUME_CACHE_ENABLED'] };
    expect((await run({ defaults })).out).toMatch(
      /warning +options +HEARTH_IMAGE_VOLUME_CACHE_ENABLED: .*nobody reads it/,
    );
  });
});

test('colours are for terminals', async () => {
  expect((await run({ hasColours: true })).out).toContain('\u001b[32mok');
  expect((await run({})).out).not.toContain('\u001b');
});

test('policies that are about no pool, or of which there is no image, are told by name; what is switched off is not', async () => {
  const latest = 'GET /v2/images?name=debian-12&os_distro=debian&visibility=public&status=active&limit=1';
  const selector = { name: 'debian-12', properties: { os_distro: 'debian' } };
  const ofOne = policy({ name: 'one', selector: { imageId } });
  api.givenBodies('GET /v3/cache/policies', {
    policies: [
      policy({ selector, matchedPools: [], pools: ['nope'] }),
      ofOne,
      policy({ enabled: false, matchedPools: [] }),
    ],
  });
  images.givenBodies(latest, { images: [] });
  images.given(`GET /v2/images/${imageId}`, { status: 404 });
  expect(await findings()).toEqual({
    code: 0,
    all: [
      `warning policies debian (${policyId}): it is about no pool that has a cache: nope`,
      `warning policies debian (${policyId}): it selects no active image`,
      `warning policies one (${policyId}): the image ${imageId} is not there`,
    ],
  });
  images.givenBodies(latest, { images: [{ id: imageId }] });
  images.givenBodies(`GET /v2/images/${imageId}`, { id: imageId, status: 'deactivated' });
  api.givenBodies('GET /v3/cache/policies', { policies: [policy({ selector }), ofOne] });
  expect((await findings()).all).toEqual([`warning policies one (${policyId}): the image ${imageId} is deactivated`]);
  images.given(`GET /v2/images/${imageId}`, { status: 500 });
  expect((await findings()).all).toEqual([]);
});
