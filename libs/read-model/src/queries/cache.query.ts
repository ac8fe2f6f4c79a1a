import { statement, type Database } from '../database/database';
import { cacheClaimsTable, type CacheClaimRow } from '../tables/cache-claims.table';
import { cacheDecisionsTable, type CacheDecisionRow } from '../tables/cache-decisions.table';
import { cacheEntriesTable, type CacheEntryRow } from '../tables/cache-entries.table';
import { cacheUsesTable, type CacheUseRow } from '../tables/cache-uses.table';
import { selectList } from '../tables/table';
import type { VolumeRow } from '../tables/volumes.table';
import { findVolumeEver } from './volumes.query';

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
  /** Its hit or miss in each pool whose cache it used: the last, where it was given another image. The last pool comes last. */
  readonly uses: readonly CacheUseRow[];
  /** What its create holds now. */
  readonly claims: readonly CacheClaimRow[];
  /** The cache entry that its decision, its use or its claim names, in that order. */
  readonly entry: CacheEntryRow | undefined;
  /** What the create cost, and what a copy spared it; undefined until it was decided. */
  readonly cost: CacheDecisionRow | undefined;
}

const entryColumns = selectList(cacheEntriesTable, 'e');

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

const usesStatement = statement(`
  select * from (
    select distinct on (pool) ${selectList(cacheUsesTable)} from cache_uses
      where volume_id = $1 order by pool, sequence desc, ordinal desc
  ) u order by sequence, ordinal`);
const claimsStatement = statement(
  `select ${selectList(cacheClaimsTable)} from cache_claims where volume_id = $1 order by since`,
);
const costStatement = statement(`select ${selectList(cacheDecisionsTable)} from cache_decisions where volume_id = $1`);
const entryStatement = statement(`select ${entryColumns} from cache_entries e where pool = $1 and generation = $2`);

/** Undefined when there never was such a volume. Throws `ReadModelUnavailableError`. */
export async function explainVolume(database: Database, id: string): Promise<VolumeExplanation | undefined> {
  const [volume, uses, claims, [cost]] = await Promise.all([
    findVolumeEver(database, id),
    database.query<CacheUseRow>(usesStatement, [id]),
    database.query<CacheClaimRow>(claimsStatement, [id]),
    database.query<CacheDecisionRow>(costStatement, [id]),
  ]);
  if (!volume) return undefined;
  const used = volume.decision?.entry ?? uses.at(-1) ?? claims.at(-1);
  const [entry] = used ? await database.query<CacheEntryRow>(entryStatement, [used.pool, used.generation]) : [];
  return { volume, uses, claims, entry, cost };
}
