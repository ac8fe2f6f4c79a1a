import { statement, type Database } from '../database/database';
import { resourcesSql } from './quota-resources';

/** Room that an action asks for in its project. */
export interface QuotaRequest {
  readonly projectId: string;
  /** What the room is for: see `reservationKey`. */
  readonly key: string;
  /**
   * Tells requests for the same thing apart, of which one may take the room up and the others give theirs back. Left out: whoever asks
   * under the key is one and the same.
   */
  readonly holder?: string;
  readonly volumes?: number;
  /** Of volumes and snapshots together, GiB; an extension asks for the difference. */
  readonly gigabytes?: number;
  readonly snapshots?: number;
  /** The size of the volume that is to be, held against `per_volume_gigabytes`; absent where no volume grows. */
  readonly volumeGib?: number;
  /** Its limits count too. */
  readonly volumeType?: { readonly id: string; readonly name: string } | null;
  /** True: only the limits of the type count, because the project has the room already: a retype. */
  readonly typeOnly?: boolean;
}

/** The first limit that was exceeded: that of one volume's size, then by the name of the resource. */
export interface QuotaExceeded {
  /** `per_volume_gigabytes`, `gigabytes`, `gigabytes_<type name>`, `snapshots`, …, `volumes_<type name>`. */
  readonly exceeded: string;
  readonly limit: number;
  /** Usage and reservations. */
  readonly used: number;
  readonly requested: number;
}

const reserveStatement = statement(`
  select exceeded, quota_limit as "limit", quota_used as used, quota_requested as requested
    from reserve_quota($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`);

/**
 * Holds room, or says which limit is in the way. Requests of one project take turns, in one round trip each, so that however many ask at
 * once no limit is passed. Asking again under the same key and holder is harmless, and so is asking for a volume or a snapshot that is in
 * the rows already; holders of one key do not count against each other, for one of them gets what they ask for. A reservation is on disk
 * some moments after the answer: what a crash of PostgreSQL takes along was held for an append that runs. Throws
 * `ReadModelUnavailableError`.
 */
export async function reserveQuota(database: Database, request: QuotaRequest): Promise<'reserved' | QuotaExceeded> {
  const { key, holder = '', projectId, volumes = 0, gigabytes = 0, snapshots = 0, volumeGib, volumeType } = request;
  const type = [volumeType?.id ?? null, volumeType?.name ?? null, request.typeOnly ?? false];
  const values = [key, holder, projectId, volumes, gigabytes, snapshots, volumeGib ?? null, ...type];
  const [exceeded] = await database.query<QuotaExceeded>(reserveStatement, values);
  return exceeded ?? 'reserved';
}

const releaseStatement = statement('delete from quota_reservations where key = $1 and holder = $2');

/** Gives a holder's reservation back when nothing came of it. Throws `ReadModelUnavailableError`. */
export async function releaseReservation(database: Database, key: string, holder = ''): Promise<void> {
  await database.query(releaseStatement, [key, holder]);
}

const isOld = (parameter: string) => `created_at < now() - ${parameter} * interval '1 millisecond'`;
const oldStatement = statement(`
  select key, holder from quota_reservations where ${isOld('$1')} order by created_at limit 1000`);
const sweepStatement = statement(`
  delete from quota_reservations
    where (key, holder) in (select * from unnest($1::text[], $2::text[])) and ${isOld('$3')} returning key`);

export interface SweepOptions {
  /** Only reservations older than this, ms: younger ones may belong to an append that runs. */
  readonly olderThanMs: number;
  /** Resolves true once the tables have passed all that was in the log when it was called; false when they do not get there. */
  readonly caughtUp: () => Promise<boolean>;
}

/**
 * Gives back what a crash between reservation and append has left, at most 1,000 at a time; returns how many. What was appended in time
 * has taken its reservation along once the tables have caught up with the log, so that what is there still, and was not asked for anew
 * meanwhile, belongs to no fact. Throws `ReadModelUnavailableError`.
 */
export async function sweepReservations(database: Database, { olderThanMs, caughtUp }: SweepOptions): Promise<number> {
  const old = await database.query<{ key: string; holder: string }>(oldStatement, [olderThanMs]);
  if (old.length === 0 || !(await caughtUp())) return 0;
  const named = [old.map(({ key }) => key), old.map(({ holder }) => holder)];
  const swept = await database.query(sweepStatement, [...named, olderThanMs]);
  return swept.length;
}

/** One resource of a project: -1 is unlimited. */
export interface QuotaUsage {
  readonly limit: number;
  readonly inUse: number;
  readonly reserved: number;
}

/** By the name of the resource: the seven of Cinder, and `volumes_`, `gigabytes_` and `snapshots_` of every volume type. */
export type QuotaSet = Readonly<Record<string, QuotaUsage>>;

/** The defaults are meant for tenants: image-volumes are held against limits alone that were set for their project. */
const limitShown = `case when r.resource in ('volumes', 'gigabytes')
      and (exists (select from volumes v where v.project_id = $1 and v.internal and v.deleted_at is null)
        or exists (select from services s where s.cache ->> 'internalProjectId' = $1))
      and not exists (select from quota_limits own where own.project_id = $1 and own.resource = r.resource)
    then -1 else quota_limit($1, r.resource) end`;

const setStatement = statement(`
  with used(type_id, volumes, gigabytes, snapshots) as (
    select null::text, volumes, gigabytes + snapshot_gigabytes as gigabytes, snapshots
      from project_usage where project_id = $1
    union all
    select volume_type_id, volumes, gigabytes + snapshot_gigabytes, snapshots from project_type_usage where project_id = $1
  ),
  held(type_id, volumes, gigabytes, snapshots) as (
    select null::text, sum(volumes), sum(gigabytes), sum(snapshots)
      from quota_reservations where project_id = $1 and not type_only
    union all
    select volume_type_id, sum(volumes), sum(gigabytes), sum(snapshots)
      from quota_reservations where project_id = $1 and volume_type_id is not null group by volume_type_id
  )
  select r.resource, ${limitShown} as "limit", ${amountOf('u')} as "inUse", ${amountOf('h')} as reserved
    from (${resourcesSql}) r
    left join used u on coalesce(u.type_id, '') = coalesce(r.type_id, '')
    left join held h on coalesce(h.type_id, '') = coalesce(r.type_id, '')
    order by r.type_created_at nulls first, r.type_id, r.place`);

function amountOf(alias: string): string {
  const whens = ['volumes', 'gigabytes', 'snapshots'].map((kind) => `when '${kind}' then ${alias}.${kind}`);
  return `coalesce(case r.kind ${whens.join(' ')} end, 0)::bigint`;
}

/**
 * What a project may use and what it uses; a project that has image-volumes, or is to have those of a cache, as many of them as it likes
 * unless limits were set for it. Throws `ReadModelUnavailableError`.
 */
export async function findQuotaSet(database: Database, projectId: string): Promise<QuotaSet> {
  const rows = await database.query<QuotaUsage & { resource: string }>(setStatement, [projectId]);
  return Object.fromEntries(rows.map(({ resource, ...usage }) => [resource, usage]));
}
