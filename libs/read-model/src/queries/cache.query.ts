import { statement, type Database } from '../database/database';
import { cacheClaimsTable, type CacheClaimRow } from '../tables/cache-claims.table';
import { cacheEntriesTable, type CacheEntryRow } from '../tables/cache-entries.table';
import { cachePoolsTable, type CachePoolRow } from '../tables/cache-pools.table';
import { cacheUsesTable, type CacheUseRow } from '../tables/cache-uses.table';
import { selectList } from '../tables/table';
import type { VolumeRow } from '../tables/volumes.table';
import { findVolumeEver } from './volumes.query';

/** A cache entry with the creates that hold it now. */
export interface CacheEntryView extends CacheEntryRow {
  /** Creates in progress that need it, in any form. */
  readonly claims: number;
  /** Those of them whose clone may be running. */
  readonly leases: number;
}

/** Which entries to list; those whose image-volume is gone are left out. */
export interface CacheEntryFilters {
  readonly pool?: string;
  readonly imageId?: string;
  readonly status?: 'filling' | 'ready' | 'retired';
}

/** A fill that a volume which is being made needs. */
export interface NeededFill {
  readonly volumeId: string;
  readonly pool: string;
  readonly generation: number;
}

/** Everything known of how a volume came to be. */
export interface VolumeExplanation {
  /** Deleted or not. */
  readonly volume: VolumeRow;
  /** Its hit or miss in each pool whose cache it used. */
  readonly uses: readonly CacheUseRow[];
  /** What its create holds now. */
  readonly claims: readonly CacheClaimRow[];
  /** The cache entry that its decision, its use or its claim names, in that order. */
  readonly entry: CacheEntryRow | undefined;
}

const entryColumns = selectList(cacheEntriesTable, 'e');

const listEntriesStatement = statement(`
  select ${entryColumns}, count(c.volume_id) as claims, count(c.volume_id) filter (where c.stage = 'leased') as leases
    from cache_entries e left join cache_claims c on c.pool = e.pool and c.generation = e.generation
    where e.reaped_at is null
      and ($1::text is null or e.pool = $1) and ($2::text is null or e.image_id = $2)
      and ($3::text is null or e.status = $3)
    group by e.pool, e.generation order by e.pool, e.generation`);

/** Throws `ReadModelUnavailableError`. */
export function listCacheEntries(database: Database, filters: CacheEntryFilters = {}): Promise<CacheEntryView[]> {
  const { pool, imageId, status } = filters;
  return database.query<CacheEntryView>(listEntriesStatement, [pool ?? null, imageId ?? null, status ?? null]);
}

const neededFillsStatement = statement(`
  select volume_id as "volumeId", pool, generation from cache_claims where volume_id = any($1::text[])
  union all
  select image_volume_id, pool, generation from cache_entries
    where reaped_at is null and status = 'filling' and image_volume_id = any($1::text[])`);

/**
 * The fills that these volumes need, whether a volume's create runs the fill or waits for it, or the volume is the image-volume
 * that is filled. A fill may have ended. Throws `ReadModelUnavailableError`.
 */
export function listNeededFills(database: Database, volumeIds: readonly string[]): Promise<NeededFill[]> {
  return database.query<NeededFill>(neededFillsStatement, [volumeIds]);
}

const listPoolsStatement = statement(`select ${selectList(cachePoolsTable)} from cache_pools order by pool`);

/** Throws `ReadModelUnavailableError`. */
export function listCachePools(database: Database): Promise<CachePoolRow[]> {
  return database.query<CachePoolRow>(listPoolsStatement);
}

const usesStatement = statement(
  `select ${selectList(cacheUsesTable)} from cache_uses where volume_id = $1 order by used_at`,
);
const claimsStatement = statement(
  `select ${selectList(cacheClaimsTable)} from cache_claims where volume_id = $1 order by since`,
);
const entryStatement = statement(`select ${entryColumns} from cache_entries e where pool = $1 and generation = $2`);

/** Undefined when there never was such a volume. Throws `ReadModelUnavailableError`. */
export async function explainVolume(database: Database, id: string): Promise<VolumeExplanation | undefined> {
  const [volume, uses, claims] = await Promise.all([
    findVolumeEver(database, id),
    database.query<CacheUseRow>(usesStatement, [id]),
    database.query<CacheClaimRow>(claimsStatement, [id]),
  ]);
  if (!volume) return undefined;
  const used = volume.decision?.entry ?? uses.at(-1) ?? claims.at(-1);
  const [entry] = used ? await database.query<CacheEntryRow>(entryStatement, [used.pool, used.generation]) : [];
  return { volume, uses, claims, entry };
}
