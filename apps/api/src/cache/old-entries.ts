import { type CacheEntryView, type Database, listCacheEntries } from '@hearth/read-model';

const atOnce = 1_000;

/** Generations of a pool's ready entries whose fill began before an instant. Throws `ReadModelUnavailableError`. */
export async function oldEntries(database: Database, pool: string, before: string): Promise<ReadonlySet<number>> {
  const old = new Set<number>();
  const filters = { pool, status: 'ready', createdAt: { lte: before } };
  const sort = [{ by: 'createdAt', direction: 'asc' }] as const;
  for (let last: CacheEntryView | undefined; ;) {
    const page = { filters, sort, limit: atOnce, ...(last && { marker: last.id }) };
    const { rows } = await listCacheEntries(database, page);
    for (const { generation } of rows) old.add(generation);
    last = rows.at(-1);
    if (rows.length < atOnce || !last) return old;
  }
}
