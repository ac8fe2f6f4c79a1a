import type { Database } from '../database/database';
import { cacheLog, cacheTables, generations } from '../testing/cache-tables';
import { given, momentOf, SampleLog } from '../testing/given';
import * as sample from '../testing/sample-events';
import {
  findCacheDifference,
  findKnownTimes,
  listCacheChanges,
  listCacheEntriesAt,
  listCachePoolsAt,
} from './cache-at-time.query';

const { poolA: pool } = sample;
let tables: Awaited<ReturnType<typeof cacheTables>>;
let database: Database;
beforeAll(async () => {
  tables = await cacheTables();
  ({ database } = tables);
}, 60_000);
afterAll(() => tables?.close());

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
    for (let second = 1; second <= cacheLog.commits.length; second += 1) {
      const shorter = new SampleLog();
      shorter.commits.push(...cacheLog.commits.slice(0, second));
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
      to: momentOf(cacheLog.commits.length),
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
