import type { Database } from '../database/database';
import { cacheTables } from '../testing/cache-tables';
import { momentOf } from '../testing/given';
import * as sample from '../testing/sample-events';
import { listCacheHistory } from './cache-history.query';

const { poolA: pool } = sample;
let tables: Awaited<ReturnType<typeof cacheTables>>;
let database: Database;
beforeAll(async () => {
  tables = await cacheTables();
  ({ database } = tables);
}, 60_000);
afterAll(() => tables?.close());

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
