import type { Strategy, VolumeEvent } from '@hearth/contracts';
import { throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import { Database } from '../database/database';
import { migrate } from '../migrations/migrate';
import { given, momentOf, SampleLog } from '../testing/given';
import { projectLog } from '../testing/project-log';
import * as sample from '../testing/sample-events';
import {
  findCacheDifference,
  findKnownTimes,
  listCacheChanges,
  listCacheEntriesAt,
  listCachePoolsAt,
} from './cache-at-time.query';
import { explainVolume } from './cache.query';
import { findCacheEntry, listCacheEntries, listEntryUsers } from './cache-entries.query';
import { listCacheHistory } from './cache-history.query';
import { findCachePool, listCachePools, listCacheShares } from './cache-pools.query';
import {
  findCachePolicy,
  findCachePrefetch,
  listCachePins,
  listCachePolicies,
  listCachePrefetches,
} from './cache-prefetches.query';
import { findCacheStatistics, readDecisions } from './cache-statistics.query';
import { MarkerNotFoundError } from './list-rows';

let postgres: ThrowAwayPostgres;
let database: Database;
const { poolA: pool } = sample;
const inB = (generation: number) =>
  sample.fillStarted(generation, { imageVolumeId: sample.imageVolumeId(100 + generation) });

/** A create that went past the cache. */
function past(strategy: Strategy, reason: string, volume: number): VolumeEvent[] {
  const decision = { ...sample.decision, outcome: 'bypass', strategy, reason, entry: null } as const;
  const end = { pool, bootable: true, imageMetadata: {}, decision };
  return [
    sample.requested(volume, { image: sample.image(1) }),
    sample.placed(),
    { type: 'VolumeProvisioned', data: end },
  ];
}

/** Entry 1 is used and pinned, 2 is suspended, 3 is retired, 4 is gone, 5 is being filled; pool B has one of its own. */
const log = new SampleLog()
  .add('service', 'store-01@fast', sample.settingsReported([pool])) // 1
  .add('image-cache', pool, sample.fillStarted(1, { projectId: 'demo' as never })) // 2
  .add('image-cache', pool, sample.created(1)) // 3
  .add('volume', sample.volumeId(1), sample.requested(1, { image: sample.image(1) }), sample.placed()) // 4
  .add('image-cache', pool, sample.leased(1, 1)) // 5
  .add('volume', sample.volumeId(1), sample.provisioned()) // 6
  .add('image-cache', pool, sample.hit(1, 1)) // 7
  .add('image-cache', pool, sample.fillStarted(2), sample.created(2, 5)) // 8
  .add('image-cache', pool, sample.pinned(1, 'golden')) // 9
  .add('image-cache', pool, sample.suspended(2)) // 10
  .add('image-cache', pool, sample.fillStarted(3), sample.created(3)) // 11
  .add('image-cache', pool, sample.evicted(3)) // 12
  .add('image-cache', pool, sample.fillStarted(4), sample.created(4)) // 13
  .add('image-cache', pool, sample.evicted(4, 'ttl'), sample.reaped(4)) // 14
  .add('image-cache', pool, sample.prefetchRequested(5)) // 15
  .add('image-cache', pool, sample.fillStarted(5, { volumeId: null, prefetchId: sample.prefetchId(5) })) // 16
  .add('image-cache', sample.poolB, inB(1)) // 17
  .add('volume', sample.volumeId(2), sample.requested(2, { image: sample.image(1) }), sample.placed()) // 18
  .add('volume', sample.volumeId(2), sample.provisioned()) // 19
  .add('image-cache', pool, sample.hit(1, 2, true)) // 20
  .add('volume', sample.volumeId(2), sample.deletionRequested, sample.deleted) // 21
  .add('image-cache', pool, sample.switchedOff('stay')) // 22
  .add('cache-policy', sample.policyId(1), sample.policyDefined()) // 23
  .add('cache-policy', sample.policyId(2), sample.policyDefined(), sample.policyRemoved) // 24
  .add('image-cache', pool, sample.unpinned(1)) // 25
  .add('image-cache', pool, sample.pinned(2)) // 26
  .add('image-cache', pool, sample.miss(2, 1)) // 27: the volume was given another image
  .add('volume', sample.volumeId(3), sample.requested(3, { image: sample.image(1) }), sample.placed()) // 28
  .add('volume', sample.volumeId(3), sample.createFailed()) // 29: it held a lease
  .add('volume', sample.volumeId(4), ...past('driver-clone', 'image-is-a-file', 4)) // 30
  .add('volume', sample.volumeId(5), ...past('download', 'encrypted', 5)) // 31
  .add('volume', sample.volumeId(6), ...past('download', 'larger-than-cache', 6)); // 32

beforeAll(async () => {
  postgres = await throwAwayPostgres();
  await migrate({ url: postgres.url });
  await projectLog(postgres.url, log);
  database = new Database({ url: postgres.url });
}, 60_000);
afterAll(async () => {
  await database.close();
  await postgres.stop();
});

const generations = (rows: readonly { readonly pool: string; readonly generation: number }[]) =>
  rows.map((row) => (row.pool === pool ? row.generation : -row.generation));

describe('entries', () => {
  const list = async (filters: object, more: object = {}) =>
    generations((await listCacheEntries(database, { limit: 100, filters, ...more })).rows);

  test.each<[object, number[]]>([
    [{}, [-1, 5, 3, 2, 1]],
    [{ pool }, [5, 3, 2, 1]],
    [{ host: 'store-02' }, [-1]],
    [{ host: 'store-01@fast' }, [5, 3, 2, 1]],
    [{ imageId: sample.imageId(1) }, [-1, 1]],
    [{ imageName: 'AGE 2' }, [2]],
    [{ content: 'content-3' }, [3]],
    [{ status: ['filling', 'retired'] }, [-1, 5, 3]],
    [{ pinned: true }, [2]],
    [{ pinned: false, pool }, [5, 3, 1]],
    [{ suspended: true }, [2]],
    [{ projectId: 'demo' }, [1]],
    [{ retireReason: 'lru' }, [3]],
    [{ sizeGib: { min: 3 } }, [2]],
    [{ sizeGib: { max: 2 }, pool }, [5, 3, 1]],
    [{ createdAt: { gte: momentOf(11), lt: momentOf(17) } }, [5, 3]],
    [{ lastUsedAt: { lte: momentOf(5) } }, [1]],
  ])('%j', async (filters, expected) => {
    expect(await list(filters)).toEqual(expected);
  });

  test('come in pages, in an order that is asked for', async () => {
    const sort = [{ by: 'sizeGib', direction: 'desc' }] as const;
    const first = await listCacheEntries(database, { limit: 2, sort, withCount: true });
    expect([generations(first.rows), first.count]).toEqual([[2, -1], 5]);
    const marker = first.rows.at(-1)!.id;
    expect(generations((await listCacheEntries(database, { limit: 9, sort, marker })).rows)).toEqual([5, 3, 1]);
    await expect(listCacheEntries(database, { limit: 9, marker: 'none' })).rejects.toThrow(MarkerNotFoundError);
  });

  test('go on after the last one of a page that has gone meanwhile', async () => {
    const sort = [{ by: 'generation', direction: 'asc' }] as const;
    const after = { limit: 9, sort, filters: { pool }, marker: sample.imageVolumeId(4) };
    expect(generations((await listCacheEntries(database, after)).rows)).toEqual([5]);
    const users = await listEntryUsers(database, { pool, generation: 1 }, { limit: 9, marker: sample.volumeId(2) });
    expect(users.rows.map(({ id }) => id)).toEqual([sample.volumeId(1)]);
  });

  test('one is found by its image-volume, also when that is gone', async () => {
    const found = await findCacheEntry(database, sample.imageVolumeId(1));
    expect(found).toMatchObject({ generation: 1, hits: 2, usedBy: 1, claims: 0, leases: 0, pinned: false });
    expect(await findCacheEntry(database, sample.imageVolumeId(4))).toMatchObject({ status: 'reaped' });
    expect(await findCacheEntry(database, sample.volumeId(1))).toBeUndefined();
  });

  test('tell which volumes were made from them and are there', async () => {
    const { rows, count } = await listEntryUsers(database, { pool, generation: 1 }, { limit: 9, withCount: true });
    expect(rows).toEqual([
      {
        ...{ id: sample.volumeId(1), name: 'volume 1', projectId: 'demo', status: 'available', sizeGib: 10 },
        ...{ outcome: 'hit', createdAt: momentOf(4) },
      },
    ]);
    expect(count).toBe(1);
  });
});

test('pools tell their settings, their switch, and what each project has in them', async () => {
  expect(await findCachePool(database, pool)).toMatchObject({
    ...{ settings: { maxCount: 5 }, offReady: 'stay', pinnedCount: 1, suspendedCount: 1, readyCount: 2 },
  });
  expect((await listCachePools(database)).map((one) => one.pool)).toEqual([pool, sample.poolB]);
  expect(await findCachePool(database, 'nowhere@a#b')).toBeUndefined();
  expect(await listCacheShares(database, pool)).toEqual([
    { projectId: null, sizeGib: 7, count: 2 },
    { projectId: 'demo', sizeGib: 2, count: 1 },
  ]);
});

describe('history', () => {
  const kinds = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type);

  test('of an entry has its life and its uses, the newest first', async () => {
    const subject = { pool, generation: 1 };
    const all = await listCacheHistory(database, subject, { uses: true, limit: 9 });
    expect(kinds(all)).toEqual(['joined', 'hit', 'create', 'fill-started']);
    expect(all[1]).toMatchObject({ at: momentOf(7), requestId: 'req-1', data: { volumeId: sample.volumeId(1) } });
    expect(kinds(await listCacheHistory(database, subject, { uses: false, limit: 9 }))).toEqual([
      'create',
      'fill-started',
    ]);
  });

  test('of an image is that of its entries in all pools, and of its pins', async () => {
    const events = await listCacheHistory(database, { imageId: sample.imageId(1) }, { uses: false, limit: 9 });
    expect(kinds(events)).toEqual(['unpinned', 'fill-started', 'pinned', 'create', 'fill-started']);
  });

  test('comes in pages, in either direction, of some kinds, between two times', async () => {
    const options = { uses: true, limit: 2, direction: 'asc' } as const;
    const subject = { pool, generation: 1 };
    const [one, other] = await listCacheHistory(database, subject, options);
    expect(kinds([one!, other!])).toEqual(['fill-started', 'create']);
    const next = await listCacheHistory(database, subject, { ...options, after: other! });
    expect(kinds(next)).toEqual(['hit', 'joined']);
    const types = ['evict', 'reaped'];
    const some = await listCacheHistory(database, { pool }, { uses: true, limit: 9, types, from: momentOf(13) });
    expect(kinds(some)).toEqual(['reaped', 'evict']);
    expect(await listCacheHistory(database, { pool }, { uses: true, limit: 9, types, to: momentOf(11) })).toEqual([]);
  });
});

describe('P10: at a past time', () => {
  const entriesAt = async (second: number) =>
    (await listCacheEntriesAt(database, { at: momentOf(second), pool }, { limit: 9 })).map(
      ({ generation, status, hits, pinned, suspended }) => ({ generation, status, hits, pinned, suspended }),
    );
  const plain = { hits: 0, pinned: false, suspended: null };

  test('entries are what they were then', async () => {
    expect(await entriesAt(1)).toEqual([]);
    expect(await entriesAt(2)).toEqual([{ ...plain, generation: 1, status: 'filling' }]);
    expect(await entriesAt(9)).toEqual([
      { ...plain, generation: 1, status: 'ready', hits: 1, pinned: true },
      { ...plain, generation: 2, status: 'ready' },
    ]);
    expect(await entriesAt(30)).toEqual([
      { ...plain, generation: 1, status: 'ready', hits: 2 },
      { ...plain, generation: 2, status: 'ready', pinned: true, suspended: 'deactivated' },
      { ...plain, generation: 3, status: 'retired' },
      { ...plain, generation: 5, status: 'filling' },
    ]);
  });

  test('every moment is what the log said up to it, however much came later', async () => {
    for (let second = 1; second <= log.commits.length; second += 1) {
      const shorter = new SampleLog();
      shorter.commits.push(...log.commits.slice(0, second));
      const rows = given(shorter);
      const expected = rows.cacheEntries
        .values()
        .filter((row) => row.status !== 'reaped' && row.pool === pool)
        .map(({ generation, status, hits, suspended, imageId }) => {
          const pinned = rows.cachePins.get({ pool, imageId }) !== undefined;
          return { generation, status, hits, pinned, suspended };
        });
      expect(await entriesAt(second)).toEqual(expected.sort((one, other) => one.generation - other.generation));
    }
  });

  test('come in pages', async () => {
    const [first] = await listCacheEntriesAt(database, { at: momentOf(26) }, { limit: 1 });
    const rest = await listCacheEntriesAt(database, { at: momentOf(26) }, { limit: 9, after: first! });
    expect(generations([first!, ...rest])).toEqual([1, 2, 3, 5, -1]);
    expect(rest[0]).toMatchObject({ since: momentOf(10), lastUsedAt: null });
  });

  test('pools had the settings, the switch, the pins and the sums of then', async () => {
    const [then] = await listCachePoolsAt(database, { at: momentOf(12), pool });
    expect(then).toEqual({
      ...{ pool, fillingCount: 0, readyCount: 2, retiredCount: 1, sizeGib: 7, retiredGib: 2 },
      ...{ suspendedCount: 1, pinnedCount: 1, off: null },
      settings: { state: 'enabled', reason: null, maxSizeGib: 100, maxCount: 5 },
    });
    const later = await listCachePoolsAt(database, { at: momentOf(22) });
    expect(later).toMatchObject([{ pool, off: { ready: 'stay', by: sample.operator } }, { pool: sample.poolB }]);
  });

  test('it is known since when there is anything to tell, and until when', async () => {
    expect(await findKnownTimes(database)).toEqual({
      from: momentOf(1),
      to: momentOf(log.commits.length),
    });
  });
});

describe('between two times', () => {
  const times = { from: momentOf(9), to: momentOf(30), pool };

  test('entries that came, went or changed are told, in pages', async () => {
    const changes = await listCacheChanges(database, times, { limit: 9 });
    const ready = { status: 'ready', suspended: null };
    expect(changes.map(({ generation, before, after }) => ({ generation, before, after }))).toEqual([
      { generation: 2, before: { ...ready, sizeGib: 5 }, after: { ...ready, sizeGib: 5, suspended: 'deactivated' } },
      { generation: 3, before: null, after: { status: 'retired', sizeGib: 2, suspended: null } },
      { generation: 5, before: null, after: { status: 'filling', sizeGib: 2, suspended: null } },
    ]);
    expect(generations(await listCacheChanges(database, times, { limit: 9, after: changes[0]! }))).toEqual([3, 5]);
  });

  test('totals say what happened', async () => {
    expect(await findCacheDifference(database, times)).toEqual({
      ...{ appeared: 2, disappeared: 0, changed: 1, sizeGibBefore: 7, sizeGibAfter: 9 },
      ...{ hits: 0, joined: 1, misses: 1, fills: 2, evictions: { lru: 1, ttl: 1 } },
    });
  });
});

test('of a volume that was given another image the last use of the pool is told', async () => {
  const { uses } = (await explainVolume(database, sample.volumeId(1)))!;
  expect(uses).toMatchObject([{ pool, generation: 2, outcome: 'miss' }]);
});

test('prefetches, pins and policies are listed', async () => {
  const { rows } = await listCachePrefetches(database, {
    limit: 9,
    filters: { requestId: 'req-9', status: 'running' },
  });
  expect(rows).toMatchObject([{ id: sample.prefetchId(5), pool, generation: 5 }]);
  expect((await listCachePrefetches(database, { limit: 9, filters: { policyId: 'none' } })).rows).toEqual([]);
  expect(await findCachePrefetch(database, sample.prefetchId(5))).toMatchObject({ imageId: sample.imageId(5) });
  expect(await listCachePins(database, { imageId: sample.imageId(2) })).toMatchObject([{ pool, note: null }]);
  expect(await listCachePins(database, { pool: sample.poolB })).toEqual([]);
  expect((await listCachePolicies(database)).map(({ id }) => id)).toEqual([sample.policyId(1)]);
  expect(await findCachePolicy(database, sample.policyId(1))).toMatchObject({ selector: { name: 'debian' } });
  expect(await findCachePolicy(database, sample.policyId(2))).toBeUndefined();
});

describe('statistics', () => {
  test('add up requests, bytes and seconds; a create that ended without a volume was no hit', async () => {
    const [all] = await findCacheStatistics(database, { limit: 9 });
    expect(all).toMatchObject({
      ...{ key: null, hits: 2, joined: 0, misses: 0, bypasses: 3, failed: 1, bytesAsked: 2000, bytesSaved: 2000 },
      secondsSaved: 0.022,
    });
  });

  test.each([
    ['pool', pool],
    ['image', sample.imageId(1)],
    ['project', 'demo'],
    ['hour', '2026-01-02T03:00:00.000Z'],
    ['day', '2026-01-02T00:00:00.000Z'],
  ] as const)('by %s', async (by, key) => {
    expect(await findCacheStatistics(database, { by, limit: 9 })).toMatchObject([{ key, hits: 2 }]);
  });

  test('of some time, and of none', async () => {
    const [some] = await findCacheStatistics(database, { from: momentOf(7), to: momentOf(20), pool, limit: 9 });
    expect(some).toMatchObject({ hits: 1 });
    expect(await findCacheStatistics(database, { pool: 'none', limit: 9 })).toMatchObject([{ hits: 0, bytesSaved: 0 }]);
  });

  test('decisions that a copy could have served are read for the advisor, the newest so many', async () => {
    const parts: (readonly { readonly volumeId: string }[])[] = [];
    for await (const part of readDecisions(database, { pool, to: momentOf(40), most: 9 })) parts.push(part);
    expect(parts.flat()).toMatchObject([
      { volumeId: sample.volumeId(1), content: 'content-1', copyGib: 2, refillBytes: 1000 },
      { volumeId: sample.volumeId(2) },
      { volumeId: sample.volumeId(6), content: null },
    ]);
    for await (const part of readDecisions(database, { pool, to: momentOf(30), most: 1 })) {
      expect(part).toMatchObject([{ volumeId: sample.volumeId(2) }]);
    }
  });
});
