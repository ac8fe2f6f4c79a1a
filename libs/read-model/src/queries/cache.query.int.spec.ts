import type { Database } from '../database/database';
import { cacheTables } from '../testing/cache-tables';
import * as sample from '../testing/sample-events';
import { explainVolume } from './cache.query';
import { findCachePool, listCachePools, listCacheShares } from './cache-pools.query';
import {
  findCachePolicy,
  findCachePrefetch,
  listCachePins,
  listCachePolicies,
  listCachePrefetches,
} from './cache-prefetches.query';

const { poolA: pool } = sample;
let tables: Awaited<ReturnType<typeof cacheTables>>;
let database: Database;
beforeAll(async () => {
  tables = await cacheTables();
  ({ database } = tables);
}, 60_000);
afterAll(() => tables?.close());

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
