import type { Actor, CacheSettings } from '@hearth/contracts';
import { statement, type Database } from '../database/database';
import type { CacheEntryStateRow } from '../tables/cache-entry-states.table';

/** From when to when something can be told of, by the log's time. */
export interface KnownTimes {
  /** Null before anything happened to a cache. */
  readonly from: string | null;
  /** The newest instant of the log that is in the tables: up to there everything is told for good. Null where there is none. */
  readonly to: string | null;
}

/** What a pool's cache was at a moment. GiB and number of entries; what is `retired` waits for its removal. */
export interface CachePoolAt {
  readonly pool: string;
  readonly fillingCount: number;
  readonly readyCount: number;
  readonly retiredCount: number;
  /** Of filling and ready entries. */
  readonly sizeGib: number;
  readonly retiredGib: number;
  readonly suspendedCount: number;
  readonly pinnedCount: number;
  /** Null: nobody had reported them. */
  readonly settings: CacheSettings | null;
  readonly off: { readonly ready: 'drain' | 'stay'; readonly by: Actor } | null;
}

/** An entry as it was. */
export interface CacheEntryAt extends Omit<CacheEntryStateRow, 'sequence' | 'validFrom' | 'validTo'> {
  readonly since: string;
  readonly hits: number;
  /** The last create that used it and had ended; null for none. */
  readonly lastUsedAt: string | null;
  readonly pinned: boolean;
}

/** The same moment, whoever asks and when: ISO 8601. */
interface Moment {
  readonly at: string;
  /** Only this pool. */
  readonly pool?: string;
}

const knownStatement = statement(`
  select (select at from log_clock) as "to", min(first.at) as "from" from cache_pools p
    cross join lateral (select at from cache_events e where e.pool = p.pool order by at limit 1) first`);

/** Throws `ReadModelUnavailableError`. */
export async function findKnownTimes(database: Database): Promise<KnownTimes> {
  const [row] = await database.query<KnownTimes>(knownStatement);
  return row ?? { from: null, to: null };
}

/** The last of a kind of events before the moment, of each pool (and image). */
const lastBefore = (types: readonly string[], by: string) => `
  select distinct on (${by}) * from cache_events
    where type in (${types.map((type) => `'${type}'`).join(', ')}) and at <= $1::timestamptz and ($2::text is null or pool = $2)
    order by ${by}, at desc, sequence desc, ordinal desc`;

const then = `
  states as (
    select * from cache_entry_states
      where tstzrange(valid_from, valid_to) @> $1::timestamptz and ($2::text is null or pool = $2)
  ),
  pins as (
    select pool, image_id, data -> 'contents' as contents
      from (${lastBefore(['pinned', 'unpinned'], 'pool, image_id')}) p where type = 'pinned'
  )`;

const poolsStatement = statement(`
  with ${then},
  settings as (${lastBefore(['settings-reported'], 'pool')}),
  switches as (${lastBefore(['switched-off', 'switched-on'], 'pool')}),
  sums as (
    select pool, count(*) filter (where status = 'filling') as filling, count(*) filter (where status = 'ready') as ready,
      count(*) filter (where status = 'retired') as retired,
      coalesce(sum(size_gib) filter (where status <> 'retired'), 0) as size_gib,
      coalesce(sum(size_gib) filter (where status = 'retired'), 0) as retired_gib,
      count(*) filter (where suspended is not null and status <> 'retired') as suspended
    from states group by pool
  ),
  names as (
    select pool from sums union select pool from settings union select pool from switches union select pool from pins
  )
  select n.pool, coalesce(s.filling, 0) as "fillingCount", coalesce(s.ready, 0) as "readyCount",
      coalesce(s.retired, 0) as "retiredCount", coalesce(s.size_gib, 0) as "sizeGib",
      coalesce(s.retired_gib, 0) as "retiredGib", coalesce(s.suspended, 0) as "suspendedCount",
      (select count(*) from pins where pins.pool = n.pool) as "pinnedCount", settings.data as settings,
      case when w.type = 'switched-off' then jsonb_build_object('ready', w.data -> 'ready', 'by', w.by) end as off
    from names n left join sums s using (pool) left join settings using (pool) left join switches w using (pool)
    order by n.pool`);

/** What all caches were, or one. Throws `ReadModelUnavailableError`. */
export function listCachePoolsAt(database: Database, { at, pool }: Moment): Promise<CachePoolAt[]> {
  return database.query<CachePoolAt>(poolsStatement, [at, pool ?? null]);
}

const entriesStatement = statement(`
  with ${then}
  select s.pool, s.generation, s.image_id as "imageId", s.image_name as "imageName", s.image_volume_id as "imageVolumeId",
      s.content, s.project_id as "projectId", s.status, s.size_gib as "sizeGib", s.suspended, s.valid_from as since,
      coalesce(u.entry_hits, 0) as hits, u.used_at as "lastUsedAt",
      exists (select from pins where pins.pool = s.pool and pins.image_id = s.image_id)
        or (s.pool, s.content) in (select pins.pool, jsonb_array_elements_text(pins.contents) from pins) as pinned
    from (
      select * from states where ($3::text is null or (pool, generation) > ($3, $4::integer)) order by pool, generation limit $5
    ) s left join lateral (
      select entry_hits, used_at from cache_uses u
        where u.pool = s.pool and u.generation = s.generation and u.used_at <= $1::timestamptz
        order by used_at desc, sequence desc, ordinal desc limit 1
    ) u on true
    order by s.pool, s.generation`);

/** One page of the entries that there were, by pool and generation, after one of them. Throws `ReadModelUnavailableError`. */
export function listCacheEntriesAt(
  database: Database,
  { at, pool }: Moment,
  { limit, after }: { readonly limit: number; readonly after?: Pick<CacheEntryAt, 'pool' | 'generation'> },
): Promise<CacheEntryAt[]> {
  const values = [at, pool ?? null, after?.pool ?? null, after?.generation ?? null, limit];
  return database.query<CacheEntryAt>(entriesStatement, values);
}

/** How an entry differs between two moments; what it was not is null. */
export interface CacheEntryChange {
  readonly pool: string;
  readonly generation: number;
  readonly imageId: string;
  readonly imageName: string | null;
  readonly imageVolumeId: string;
  readonly before: EntryAspect | null;
  readonly after: EntryAspect | null;
}

export interface EntryAspect {
  readonly status: string;
  readonly sizeGib: number;
  readonly suspended: string | null;
}

/** How many there are in all: entries, and GiB of those that counted against the limits. */
export interface CacheDifference {
  readonly appeared: number;
  readonly disappeared: number;
  readonly changed: number;
  readonly sizeGibBefore: number;
  readonly sizeGibAfter: number;
  /** What happened after the first moment, up to the second. */
  readonly hits: number;
  readonly joined: number;
  readonly misses: number;
  readonly fills: number;
  readonly evictions: Readonly<Record<string, number>>;
}

const aspect = (alias: string) =>
  `jsonb_build_object('status', ${alias}.status, 'sizeGib', ${alias}.size_gib, 'suspended', ${alias}.suspended)`;

const compared = `
  one as (
    select * from cache_entry_states
      where tstzrange(valid_from, valid_to) @> $1::timestamptz and ($3::text is null or pool = $3)
  ),
  other as (
    select * from cache_entry_states
      where tstzrange(valid_from, valid_to) @> $2::timestamptz and ($3::text is null or pool = $3)
  )`;
const differs = `(one.pool is null or other.pool is null
      or (one.status, one.size_gib, one.suspended) is distinct from (other.status, other.size_gib, other.suspended))`;

const changesStatement = statement(`
  with ${compared}
  select pool, generation, coalesce(other.image_id, one.image_id) as "imageId",
      coalesce(other.image_name, one.image_name) as "imageName",
      coalesce(other.image_volume_id, one.image_volume_id) as "imageVolumeId",
      case when one.status is null then null else ${aspect('one')} end as before,
      case when other.status is null then null else ${aspect('other')} end as after
    from one full join other using (pool, generation)
    where ${differs} and ($4::text is null or (pool, generation) > ($4, $5::integer))
    order by pool, generation limit $6`);

const differenceStatement = statement(`
  with ${compared},
  both_of as (
    select count(*) filter (where one.pool is null) as appeared, count(*) filter (where other.pool is null) as disappeared,
      count(*) filter (where one.pool is not null and other.pool is not null and ${differs}) as changed,
      coalesce(sum(one.size_gib) filter (where one.status <> 'retired'), 0) as before_gib,
      coalesce(sum(other.size_gib) filter (where other.status <> 'retired'), 0) as after_gib
    from one full join other using (pool, generation)
  ),
  uses as (
    select count(*) filter (where outcome = 'hit') as hits, count(*) filter (where outcome = 'joined') as joined,
      count(*) filter (where outcome = 'miss') as misses
    from cache_uses where used_at > $1::timestamptz and used_at <= $2::timestamptz and ($3::text is null or pool = $3)
  ),
  happened as (
    select type, data ->> 'reason' as reason, count(*) as count from cache_events
      where type in ('create', 'evict') and at > $1::timestamptz and at <= $2::timestamptz and ($3::text is null or pool = $3)
      group by type, data ->> 'reason'
  )
  select b.appeared, b.disappeared, b.changed, b.before_gib as "sizeGibBefore", b.after_gib as "sizeGibAfter",
      u.hits, u.joined, u.misses,
      coalesce((select sum(count) from happened where type = 'create'), 0) as fills,
      coalesce((select jsonb_object_agg(reason, count) from happened where type = 'evict'), '{}') as evictions
    from both_of b cross join uses u`);

/** The two moments, the earlier one first. */
interface Moments {
  readonly from: string;
  readonly to: string;
  readonly pool?: string;
}

/** One page of the entries that differ, by pool and generation, after one of them. Throws `ReadModelUnavailableError`. */
export function listCacheChanges(
  database: Database,
  { from, to, pool }: Moments,
  { limit, after }: { readonly limit: number; readonly after?: Pick<CacheEntryAt, 'pool' | 'generation'> },
): Promise<CacheEntryChange[]> {
  const values = [from, to, pool ?? null, after?.pool ?? null, after?.generation ?? null, limit];
  return database.query<CacheEntryChange>(changesStatement, values);
}

/** Throws `ReadModelUnavailableError`. */
export async function findCacheDifference(database: Database, { from, to, pool }: Moments): Promise<CacheDifference> {
  const [row] = await database.query<CacheDifference>(differenceStatement, [from, to, pool ?? null]);
  return row!;
}
