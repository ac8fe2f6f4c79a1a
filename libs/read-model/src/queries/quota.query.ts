import { statement, type Database } from '../database/database';

/** Room that one volume asks for in its project. */
export interface QuotaRequest {
  readonly projectId: string;
  readonly volumeId: string;
  readonly sizeGib: number;
}

/** The first limit that was exceeded, in the order in which Cinder looks; GiB, or a number of volumes. */
export interface QuotaExceeded {
  readonly exceeded: 'per_volume_gigabytes' | 'gigabytes' | 'volumes';
  readonly limit: number;
  readonly used: number;
  readonly requested: number;
}

const reserveStatement = statement(`
  select exceeded, quota_limit as "limit", quota_used as used, quota_requested as requested from reserve_quota($1, $2, $3)`);

/**
 * Holds room for a volume, or says which limit is in the way. Creates of one project take turns, in one round trip each, so that
 * however many ask at once no limit is passed. Asking again for the same volume is harmless. Throws `ReadModelUnavailableError`.
 */
export async function reserveQuota(
  database: Database,
  { projectId, volumeId, sizeGib }: QuotaRequest,
): Promise<'reserved' | QuotaExceeded> {
  const [exceeded] = await database.query<QuotaExceeded>(reserveStatement, [volumeId, projectId, sizeGib]);
  return exceeded ?? 'reserved';
}

const releaseStatement = statement('delete from quota_reservations where volume_id = $1');

/** Gives a reservation back when its volume was not requested after all. Throws `ReadModelUnavailableError`. */
export async function releaseReservation(database: Database, volumeId: string): Promise<void> {
  await database.query(releaseStatement, [volumeId]);
}

const oldStatement = statement(`
  select volume_id as "volumeId", exists (select from volumes v where v.id = r.volume_id) as projected
    from quota_reservations r where created_at < now() - $1 * interval '1 millisecond' order by created_at limit 1000`);

export interface SweepOptions {
  /** Only reservations older than this: younger ones may belong to an append that runs. */
  readonly olderThanMs: number;
  /** Whether the log has nothing about a volume. */
  readonly streamIsEmpty: (volumeId: string) => Promise<boolean>;
}

/**
 * Gives back what a crash between reservation and append has left, at most 1,000 at a time; returns how many. A reservation
 * whose volume is in the log is left to the projector, unless the volume is in the rows already.
 */
export async function sweepReservations(
  database: Database,
  { olderThanMs, streamIsEmpty }: SweepOptions,
): Promise<number> {
  const old = await database.query<{ volumeId: string; projected: boolean }>(oldStatement, [olderThanMs]);
  let swept = 0;
  for (const { volumeId, projected } of old) {
    if (!projected && !(await streamIsEmpty(volumeId))) continue;
    await releaseReservation(database, volumeId);
    swept += 1;
  }
  return swept;
}

/** What a project may use and what it uses, reservations included. -1 is unlimited. */
export interface QuotaState {
  readonly volumes: { readonly limit: number; readonly used: number; readonly reserved: number };
  readonly gigabytes: { readonly limit: number; readonly used: number; readonly reserved: number };
  readonly perVolumeGigabytes: number;
}

const stateStatement = statement(`
  select coalesce(own.volumes, d.volumes, -1) as "volumesLimit",
         coalesce(own.gigabytes, d.gigabytes, -1) as "gigabytesLimit",
         coalesce(own.per_volume_gigabytes, d.per_volume_gigabytes, -1) as "perVolumeGigabytes",
         coalesce(u.volumes, 0) as "volumesUsed", coalesce(u.gigabytes, 0) as "gigabytesUsed",
         coalesce(r.volumes, 0) as "volumesReserved", coalesce(r.gigabytes, 0) as "gigabytesReserved"
    from (select 1) as always
    left join quota_limits d on d.project_id = 'default'
    left join quota_limits own on own.project_id = $1
    left join project_usage u on u.project_id = $1
    left join (select count(*) as volumes, sum(gigabytes) as gigabytes from quota_reservations where project_id = $1) r
      on true`);

type QuotaStateRow = Readonly<
  Record<`${'volumes' | 'gigabytes'}${'Limit' | 'Used' | 'Reserved'}` | 'perVolumeGigabytes', number>
>;

/** Throws `ReadModelUnavailableError`. */
export async function quotaState(database: Database, projectId: string): Promise<QuotaState> {
  const [row] = await database.query<QuotaStateRow>(stateStatement, [projectId]);
  const { volumesLimit, volumesUsed, volumesReserved, gigabytesLimit, gigabytesUsed, gigabytesReserved } = row!;
  return {
    volumes: { limit: volumesLimit, used: volumesUsed, reserved: volumesReserved },
    gigabytes: { limit: gigabytesLimit, used: gigabytesUsed, reserved: gigabytesReserved },
    perVolumeGigabytes: row!.perVolumeGigabytes,
  };
}

const setLimitsStatement = statement(`
  insert into quota_limits values ($1, $2, $3, $4)
    on conflict (project_id) do update set volumes = excluded.volumes, gigabytes = excluded.gigabytes,
      per_volume_gigabytes = excluded.per_volume_gigabytes`);

/** Limits of a project, or of all others under the id `default`: -1 is unlimited, null as the default. */
export interface QuotaLimits {
  readonly volumes: number | null;
  readonly gigabytes: number | null;
  readonly perVolumeGigabytes: number | null;
}

/** Throws `ReadModelUnavailableError`. */
export async function setQuotaLimits(database: Database, projectId: string, limits: QuotaLimits): Promise<void> {
  const { volumes, gigabytes, perVolumeGigabytes } = limits;
  await database.query(setLimitsStatement, [projectId, volumes, gigabytes, perVolumeGigabytes]);
}
