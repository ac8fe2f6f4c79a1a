import { type Outcome, uncacheable } from '@hearth/contracts';
import { statement, type Database } from '../database/database';
import { listStatement } from './list-rows';

/** What statistics may be taken apart by; of intervals the key is when one begins, ISO 8601. */
export const statisticsKeys = ['pool', 'image', 'project', 'hour', 'day'] as const;
export type StatisticsKey = (typeof statisticsKeys)[number];

/** What creates from images came to, which a volume that is given another image is not. Bytes, seconds. */
export interface CacheStatistics {
  /** The pool, image, project or interval; null for all together, and for creates that were placed nowhere. */
  readonly key: string | null;
  readonly hits: number;
  readonly joined: number;
  readonly misses: number;
  readonly bypasses: number;
  /** Creates that ended without a volume, whatever they held before: none of the above. */
  readonly failed: number;
  readonly bytesDownloaded: number;
  /** Of hits, joined and misses alone: what the cache was asked for. */
  readonly bytesAsked: number;
  readonly bytesSaved: number;
  readonly secondsAsked: number;
  readonly secondsSaved: number;
  /** All creates together. */
  readonly seconds: number;
}

export interface StatisticsOptions {
  /** ISO 8601; `from` is in it, `to` is not. */
  readonly from?: string;
  readonly to?: string;
  readonly pool?: string;
  readonly imageId?: string;
  readonly projectId?: string;
  readonly by?: StatisticsKey;
  /** Keys at the most: those with most requests, or the newest intervals. */
  readonly limit: number;
}

const keys: Readonly<Record<StatisticsKey, string>> = {
  pool: 'pool',
  image: 'image_id',
  project: 'project_id',
  hour: `to_char(date_trunc('hour', decided_at, 'UTC') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  day: `to_char(date_trunc('day', decided_at, 'UTC') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
};

const conditions = `where ($1::timestamptz is null or decided_at >= $1) and ($2::timestamptz is null or decided_at < $2)
      and ($3::text is null or pool = $3) and ($4::text is null or image_id = $4) and ($5::text is null or project_id = $5)`;

const made = (outcome: Outcome) => `count(*) filter (where outcome = '${outcome}' and not failed)`;
const wasAsked = `outcome <> 'bypass' and not failed`;

const sums = `${made('hit')} as hits, ${made('joined')} as joined, ${made('miss')} as misses, ${made('bypass')} as bypasses,
    count(*) filter (where failed) as failed, coalesce(sum(bytes_downloaded), 0) as "bytesDownloaded",
    coalesce(sum(refill_bytes) filter (where ${wasAsked}), 0) as "bytesAsked",
    coalesce(sum(saved_bytes), 0) as "bytesSaved",
    coalesce(sum(refill_ms) filter (where ${wasAsked}), 0) / 1000 as "secondsAsked",
    coalesce(sum(saved_ms), 0) / 1000 as "secondsSaved", coalesce(sum(duration_ms), 0) / 1000 as seconds`;

const totalStatement = statement(`select null::text as key, ${sums} from cache_decisions ${conditions}`);

/** All together, or by a key. Throws `ReadModelUnavailableError`. */
export function findCacheStatistics(
  database: Database,
  { from, to, pool, imageId, projectId, by, limit }: StatisticsOptions,
): Promise<CacheStatistics[]> {
  const values = [from ?? null, to ?? null, pool ?? null, imageId ?? null, projectId ?? null];
  if (by === undefined) return database.query<CacheStatistics>(totalStatement, values);
  const isInterval = by === 'hour' || by === 'day';
  const text = `select ${keys[by]} as key, ${sums} from cache_decisions ${conditions}
    group by 1 order by ${isInterval ? '1 desc' : 'count(*) desc, 1'} limit $6`;
  return database.query<CacheStatistics>(listStatement(text), [...values, limit]);
}

/** A decision as the advisor wants it. */
export interface RecordedDecision {
  readonly volumeId: string;
  readonly decidedAt: string;
  readonly pool: string;
  readonly imageId: string;
  readonly projectId: string;
  readonly outcome: Outcome;
  /** Null where no copy served it. */
  readonly content: string | null;
  readonly copyGib: number | null;
  readonly refillBytes: number;
  readonly refillMs: number;
}

const decisionsStatement = statement(`
  select volume_id as "volumeId", decided_at as "decidedAt", pool, image_id as "imageId", project_id as "projectId", outcome, content,
      copy_gib as "copyGib", refill_bytes as "refillBytes", refill_ms as "refillMs"
    from cache_decisions
    where pool = $1 and not failed and ($2::timestamptz is null or decided_at >= $2)
      and strategy <> all($6::text[]) and reason <> all($7::text[])
      and ($3::timestamptz is null or (decided_at, volume_id) < ($3, $4::text))
    order by decided_at desc, volume_id desc limit $5`);

/** So many a query: they are read while requests are served. */
const decisionsAtOnce = 20_000;

/**
 * The newest decisions of a pool, at most so many, in the order of time, a part at a time and the newest part first. Failed creates are
 * left out, and those that no copy could have served (`isCacheable`). Throws `ReadModelUnavailableError`.
 */
export async function* readDecisions(
  database: Database,
  {
    pool,
    from,
    to,
    most,
  }: { readonly pool: string; readonly from?: string; readonly to: string; readonly most: number },
): AsyncIterable<readonly RecordedDecision[]> {
  const past = [uncacheable.strategies, uncacheable.reasons];
  let before: readonly [at: string, volumeId: string] = [to, ''];
  for (let left = most; left > 0;) {
    const limit = Math.min(left, decisionsAtOnce);
    const rows = await database.query<RecordedDecision>(decisionsStatement, [
      pool,
      from ?? null,
      ...before,
      limit,
      ...past,
    ]);
    const last = rows.at(-1);
    if (!last) return;
    before = [last.decidedAt, last.volumeId];
    left -= rows.length;
    yield rows.reverse();
    if (rows.length < limit) return;
  }
}

const evictionsStatement = statement(`
  select count(*) as count, coalesce(sum((data ->> 'sizeGib')::bigint), 0) as "sizeGib" from cache_events
    where pool = $1 and type = 'evict' and at >= $2::timestamptz and at <= $3::timestamptz`);

/** Entries of a pool that were given up between two instants, both included, and their GiB. Throws `ReadModelUnavailableError`. */
export async function sumEvictions(
  database: Database,
  { pool, from, to }: { readonly pool: string; readonly from: string; readonly to: string },
): Promise<{ readonly count: number; readonly sizeGib: number }> {
  const [row] = await database.query<{ count: number; sizeGib: number }>(evictionsStatement, [pool, from, to]);
  return row ?? { count: 0, sizeGib: 0 };
}
