import { statement, type Database } from '../database/database';
import { cachePoolsTable, type CachePoolRow } from '../tables/cache-pools.table';
import { selectList } from '../tables/table';

/** A pool's cache, with what of it is kept back. */
export interface CachePoolView extends CachePoolRow {
  readonly pinnedCount: number;
  readonly suspendedCount: number;
}

/** What one project's creates began takes of a pool's cache; GiB and number of filling and ready entries. */
export interface CacheShare {
  /** Null: prefetches, and fills of which no fact tells for whom they were. */
  readonly projectId: string | null;
  readonly sizeGib: number;
  readonly count: number;
}

const view = `select ${selectList(cachePoolsTable)},
    (select count(*) from cache_pins p where p.pool = cache_pools.pool) as "pinnedCount",
    (select count(*) from cache_entries e
      where e.pool = cache_pools.pool and e.reaped_at is null and e.status <> 'retired' and e.suspended is not null)
      as "suspendedCount"
  from cache_pools`;

const listStatement = statement(`${view} order by pool`);
const findStatement = statement(`${view} where pool = $1`);

/** Throws `ReadModelUnavailableError`. */
export function listCachePools(database: Database): Promise<CachePoolView[]> {
  return database.query<CachePoolView>(listStatement);
}

/** Throws `ReadModelUnavailableError`. */
export async function findCachePool(database: Database, pool: string): Promise<CachePoolView | undefined> {
  const [row] = await database.query<CachePoolView>(findStatement, [pool]);
  return row;
}

const sharesStatement = statement(`
  select project_id as "projectId", sum(size_gib) as "sizeGib", count(*) as count from cache_entries
    where pool = $1 and reaped_at is null and status in ('filling', 'ready')
    group by project_id order by sum(size_gib) desc, project_id`);

/** The largest first. Throws `ReadModelUnavailableError`. */
export function listCacheShares(database: Database, pool: string): Promise<CacheShare[]> {
  return database.query<CacheShare>(sharesStatement, [pool]);
}
