import { cacheNotice, plainNotification, wrappedNotification } from '@hearth/cache-advisor/testing';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { runHearth } from './testing/run-hearth';

/** The one that those notifications are of. */
const pool = 'store-01@fast#default';
let directory: TemporaryDirectory;
beforeEach(async () => {
  directory = await temporaryDirectory('hearth-advise-');
});
afterEach(() => directory.remove());

const hearth = (...args: string[]) => runHearth(undefined, ['advise', ...args], { defaults: { token: undefined } });

/** A miss, then so many hits of one image. */
async function recorded(hits: number, ...more: readonly string[]): Promise<string> {
  const lines = Array.from({ length: hits + 1 }, (_, at) =>
    plainNotification(cacheNotice(at === 0 ? 'miss' : 'hit', at * 60, `req-${at}`)),
  );
  const file = join(directory.path, 'notifications.jsonl');
  await writeFile(file, [...lines, ...more, ''].join('\n'));
  return file;
}

test("notifications of somebody's Cinder are advice, without an api, and a plot", async () => {
  const { code, out } = await hearth(await recorded(9), '--target', '90');
  expect([code, out]).toEqual([0, expect.stringContaining('To serve 90.0 % of requests, 10 GiB are needed.')]);
  expect(out).toContain(`From 10 decisions of ${pool}`);
  expect(out).toContain('it is not told how large a copy is; 10 GiB is assumed');
  expect(out).toMatch(/^100 %\|/m);
});

test('programs get the curves, and what was assumed', async () => {
  const { out } = await hearth(await recorded(3), '--json', '--assume-size', '4GiB');
  expect(JSON.parse(out)).toMatchObject({
    ...{ pool, decisions: 4, recommended: { limit_gib: 4, ratio: 0.75 } },
    assumptions: expect.arrayContaining([expect.stringContaining('4 GiB is assumed')]),
  });
});

test('the curves are written as an SVG file', async () => {
  const svg = join(directory.path, 'curve.svg');
  expect((await hearth(await recorded(3), '--svg', svg)).code).toBe(0);
  expect(await readFile(svg, 'utf8')).toMatch(/^<svg [^]*Share of requests served/);
  expect((await hearth(await recorded(3), '--svg', join(directory.path, 'none', 'x.svg'))).code).toBe(1);
});

test('a shadow run stands beside what happened', async () => {
  const { code, out } = await hearth(await recorded(3), '--shadow', '--size', '5', '--policy', 'sieve');
  expect([code, out]).toEqual([0, expect.stringMatching(/^sieve, 5 GiB:/)]);
  // The copy is taken for 10 GiB: nothing of it fits.
  expect(out).toMatch(/^hits +0 +3$/m);
  expect(out).toContain('4 were larger than the limit');
});

test('a file that logrotate has packed is read as it is', async () => {
  const file = await recorded(9);
  await writeFile(`${file}.gz`, gzipSync(await readFile(file)));
  expect((await hearth(`${file}.gz`)).out).toContain('From 10 decisions of');
  await writeFile(`${file}.gz`, 'no gzip');
  expect(await hearth(`${file}.gz`)).toMatchObject({ code: 1, complaint: expect.stringContaining('cannot be read') });
});

test('a line that is none is named', async () => {
  const file = await recorded(2, '{"event_type": 5');
  expect(await hearth(file)).toMatchObject({
    code: 1,
    complaint: expect.stringContaining(`${file}: line 4: it is not JSON`),
  });
});

test('a file that is not there is not found', async () => {
  expect((await hearth(join(directory.path, 'none.jsonl'))).code).toBe(3);
});

test('a file that tells of no request is no advice', async () => {
  expect(await hearth(await recorded(-1))).toMatchObject({
    code: 1,
    complaint: expect.stringContaining('nothing is told'),
  });
});

test('of several pools one has to be chosen', async () => {
  const other = cacheNotice('miss', 500, 'req-x');
  const file = await recorded(1, wrappedNotification({ ...other, payload: { ...other.payload, host: 'b@c#d' } }));
  expect(await hearth(file)).toMatchObject({ code: 2, complaint: expect.stringContaining(`b@c#d, ${pool}`) });
  expect((await hearth(file, '--pool', 'b@c#d')).out).toContain('From 1 decisions of b@c#d');
  expect((await hearth(file, '--pool', 'e@f#g')).code).toBe(3);
});

test.each([
  [['--shadow']],
  [['--ttl', '1d']],
  [['--shadow', '--size', '5', '--target', '95']],
  [['--target', '0']],
  [['--by', 'wishes']],
  [['--size', 'big']],
  [['--assume-rate', '0']],
])('%j is wrong usage', async (options) => {
  expect((await hearth(await recorded(1), ...options)).code).toBe(2);
});
