// The commands of the cache against the real api over a real database: what one sends, the other takes, and the other way round.
import type { PoolRef } from '@hearth/kernel';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DatabaseApi, startDatabaseApi } from '../../../apps/api/src/testing/database-api';
import { FakeImages, imageIdentity } from '../../../apps/api/src/testing/fakes';
import { givenCache, type GivenEntry, givenEntry } from '../../../apps/api/src/testing/given-cache';
import { tokens } from '../../../apps/api/src/testing/test-api';
import { runHearth } from './testing/run-hearth';

const pool = 'host@file#pool' as PoolRef;
const images = new FakeImages();
let house: DatabaseApi;
let directory: TemporaryDirectory;
let url: string;
let first: GivenEntry;

beforeAll(async () => {
  images.image = { status: 'active', identity: imageIdentity() };
  house = await startDatabaseApi({ services: { images, clock: Date } });
  url = `http://127.0.0.1:${await house.api.listen()}`;
  directory = await temporaryDirectory('hearth-cli-');
  await givenCache(house, pool, { maxSizeGib: 100 });
  first = await givenEntry(house, pool);
  await givenEntry(house, pool, { sizeGib: 3 });
}, 60_000);
afterAll(async () => {
  await house.stop();
  await directory.remove();
});

const hearth = (...args: string[]) => runHearth(url, args, { defaults: { token: tokens.admin } });

/** What a command prints as JSON; it has to end well. */
async function json<Shape = unknown>(...args: string[]): Promise<Shape> {
  const { code, out, complaint } = await hearth(...args, '--json');
  expect([args, complaint, code]).toEqual([args, '', 0]);
  return JSON.parse(out) as Shape;
}

test('every look is answered, as a table and as JSON', async () => {
  const { id } = first;
  for (const command of [
    ['list', '--pool', pool, '--status', 'ready', '--unused-since', 'now', '--min-size', '1', '--no-pinned'],
    ['show', first.image.id],
    ['show', id],
    ['where', first.image.id],
    ['used-by', id],
    ['pools'],
    ['pools', pool],
    ['settings'],
    ['pins'],
    ['prefetches', '--since', '-1d'],
    ['policies'],
    ['history', id],
    ['history', first.image.id, '--no-uses'],
    ['history', pool, '--type', 'create'],
    ['stats', '--by', 'pool', '--since', '-1d'],
    ['advise', '--target', '95', '--by', 'bytes'],
    ['shadow', '--size', '10', '--policy', 'sieve', '--second-request', '--window', '1h'],
  ]) {
    await json('cache', ...command);
    const { code, out } = await hearth('cache', ...command);
    expect([command, code, out]).toEqual([command, 0, expect.stringMatching(/\S/)]);
    expect(out).not.toMatch(/undefined|NaN|\[object/);
  }
});

test('the state now, and what differs from a moment ago', async () => {
  const before = new Date().toISOString();
  const { id, image } = await givenEntry(house, pool);
  const now = new Date(Date.now() + 1).toISOString();
  await new Promise((done) => setTimeout(done, 5));
  const state = await json<{ entries: { id: string }[] }>('cache', 'at', now);
  expect(state.entries.map((entry) => entry.id)).toContain(id);
  const difference = await json<object>('cache', 'diff', before, now);
  expect(difference).toMatchObject({
    totals: { appeared: 1, fills: 1 },
    changes: [{ image_id: image.id, before: null }],
  });
  expect(await hearth('cache', 'at', '2199-01-01')).toMatchObject({
    ...{ code: 4, complaint: expect.stringContaining('is still to come') },
  });
});

test('an image is pinned, unpinned, and its entry deleted', async () => {
  const { id, image } = await givenEntry(house, pool);
  images.image = { status: 'active', identity: imageIdentity({ id: image.id }) };
  expect(await json('cache', 'pin', image.id, '--note', 'golden')).toMatchObject([{ pool, note: 'golden' }]);
  expect(await json('cache', 'list', '--pinned')).toMatchObject([{ id, pinned: true }]);
  await json('cache', 'unpin', image.id);
  expect(await json('cache', 'delete', id)).toMatchObject([
    { id, status: 'retired', retire_reason: 'manual', users: [] },
  ]);
});

test('a cache is switched off and on', async () => {
  expect(await json('cache', 'off', pool)).toMatchObject([{ pool, off: { ready: 'stay' } }]);
  expect(await json('cache', 'on', '--all')).toMatchObject([{ pool, off: null }]);
  expect((await hearth('cache', 'off', 'host@file#other')).code).toBe(3);
});

test('an image is asked into the caches, and that is cancelled', async () => {
  images.image = { status: 'active', identity: imageIdentity() };
  const { id } = images.image.identity;
  const [asked] = await json<{ id: string }[]>('cache', 'prefetch', id, '--pool', 'host@*', '--deadline', '2h');
  expect(await json('cache', 'prefetches', asked!.id)).toMatchObject({ status: 'queued', image_id: id });
  expect((await hearth('cache', 'prefetch', id, '--wait', '--timeout', '5s')).code).toBe(1);
  await json('cache', 'cancel', asked!.id);
});

test('a policy is defined, changed, and removed', async () => {
  const made = await json<{ id: string }>(
    'cache',
    'policies',
    'create',
    'debian',
    '--image-name',
    'debian-12',
    '--keep',
    '2',
  );
  const changed = await json('cache', 'policies', 'update', made.id, '--no-enabled', '--property', 'a=b');
  expect(changed).toMatchObject({ enabled: false, keep: 2, image_properties: { a: 'b' } });
  await json('cache', 'policies', 'delete', made.id);
  expect((await hearth('cache', 'policies', 'show', made.id)).code).toBe(3);
});

test('what would be pruned is told, and what is to be cleared goes', async () => {
  const target = await givenEntry(house, pool, { sizeGib: 7 });
  const planned = await json<{ count: number }>('cache', 'prune', '--to-count', '0', '--dry-run');
  expect(planned.count).toBeGreaterThan(0);
  expect(await json('cache', 'clear', '--yes')).toMatchObject({ count: planned.count, remaining: 0 });
  expect(await json('cache', 'show', target.id)).toMatchObject([{ status: 'retired', retire_reason: 'manual' }]);
  expect((await hearth('cache', 'clean')).code).toBe(5);
});

test('the curves are written as an SVG file', async () => {
  const file = join(directory.path, 'curve.svg');
  await json('cache', 'advise', '--svg', file);
  expect(await readFile(file, 'utf8')).toMatch(/^<svg /);
});

test('who is no administrator is refused', async () => {
  const refused = await runHearth(url, ['cache', 'list'], { defaults: { token: tokens.member } });
  expect(refused).toMatchObject({ code: 4, complaint: expect.stringContaining('HTTP 403') });
});

test('the doctor sees who is away, and that is a failure', async () => {
  const { code, out } = await hearth('doctor');
  expect([code, out]).toEqual([1, expect.stringMatching(/failing +hosts +cinder-volume host@file: it is away since/)]);
});
