import type { Database } from '../database/database';
import { cacheTables } from '../testing/cache-tables';
import { momentOf } from '../testing/given';
import * as sample from '../testing/sample-events';
import { findCacheStatistics, readDecisions } from './cache-statistics.query';

const { poolA: pool } = sample;
let tables: Awaited<ReturnType<typeof cacheTables>>;
let database: Database;
beforeAll(async () => {
  tables = await cacheTables();
  ({ database } = tables);
}, 60_000);
afterAll(() => tables?.close());

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
