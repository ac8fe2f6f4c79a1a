import type { Database } from '../database/database';
import { cacheTables, generations } from '../testing/cache-tables';
import { momentOf } from '../testing/given';
import * as sample from '../testing/sample-events';
import { findCacheEntry, listCacheEntries, listEntryUsers } from './cache-entries.query';
import { MarkerNotFoundError } from './list-rows';

const { poolA: pool } = sample;
let tables: Awaited<ReturnType<typeof cacheTables>>;
let database: Database;
beforeAll(async () => {
  tables = await cacheTables();
  ({ database } = tables);
}, 60_000);
afterAll(() => tables?.close());

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
