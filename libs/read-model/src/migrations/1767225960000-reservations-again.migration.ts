import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who asks for room under a key that holds room already is heard again where it asks for another amount, or for another project: of two
 * requests under one Idempotency-Key the larger one was passed by the room of the smaller.
 */
export class ReservationsAgain1767225960000 implements MigrationInterface {
  readonly name = 'ReservationsAgain1767225960000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(reserveQuota(again));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(reserveQuota(former));
  }
}

/** The parts of the function in which the releases differ. */
interface Parts {
  /** What has to hold for the reservation `r` of the key to be what is asked for. */
  readonly isAsked: string;
  /** Which other reservations `r` count. */
  readonly counts: string;
  /** What becomes of a reservation that the key has. */
  readonly onConflict: string;
}

const former: Parts = { isAsked: '', counts: '', onConflict: '' };

/** Of what is asked for under one key one thing comes at the most: the largest is held until then. */
const again: Parts = {
  isAsked: `
          and r.project_id = for_project and r.volumes >= asked_volumes and r.gigabytes >= asked_gigabytes
          and r.snapshots >= asked_snapshots and r.volume_type_id is not distinct from of_type and r.type_only = only_type`,
  counts: ' and r.key <> for_key',
  onConflict: `
      on conflict (key) do update
        set project_id = excluded.project_id, volumes = greatest(r.volumes, excluded.volumes),
            gigabytes = greatest(r.gigabytes, excluded.gigabytes), snapshots = greatest(r.snapshots, excluded.snapshots),
            volume_type_id = excluded.volume_type_id, type_only = excluded.type_only, created_at = excluded.created_at`,
};

const reserveQuota = ({ isAsked, counts, onConflict }: Parts) => `
  create or replace function reserve_quota(
    for_key text, for_project text, asked_volumes integer, asked_gigabytes integer, asked_snapshots integer,
    volume_gigabytes integer, of_type text, type_name text, only_type boolean
  ) returns table (exceeded text, quota_limit bigint, quota_used bigint, quota_requested bigint) language plpgsql as $$
  begin
    perform pg_advisory_xact_lock(1212498257, hashtext(for_project));
    if exists (select from quota_reservations r where r.key = for_key${isAsked})
      or exists (select from volumes v where v.id = for_key) or exists (select from snapshots s where s.id = for_key) then
      return;
    end if;
    return query
      with used as (
        select u.volumes, u.gigabytes + u.snapshot_gigabytes as gigabytes, u.snapshots, false as of_this_type
          from project_usage u where u.project_id = for_project
        union all
        select u.volumes, u.gigabytes + u.snapshot_gigabytes, u.snapshots, true
          from project_type_usage u where u.project_id = for_project and u.volume_type_id = of_type
        union all
        select r.volumes, r.gigabytes, r.snapshots, false
          from quota_reservations r where r.project_id = for_project and not r.type_only${counts}
        union all
        select r.volumes, r.gigabytes, r.snapshots, true
          from quota_reservations r where r.project_id = for_project and r.volume_type_id = of_type${counts}
      ),
      total as (
        select t.of_this_type, coalesce(sum(u.volumes), 0)::bigint as volumes, coalesce(sum(u.gigabytes), 0)::bigint as gigabytes,
               coalesce(sum(u.snapshots), 0)::bigint as snapshots
          from (values (false), (true)) as t(of_this_type) left join used u on u.of_this_type = t.of_this_type
          group by t.of_this_type
      ),
      asked as (
        select 0 as rank, 'per_volume_gigabytes' as resource, 0::bigint as used, volume_gigabytes as requested
        union all
        select 1, a.resource || case when t.of_this_type then '_' || type_name else '' end, a.used, a.requested
          from total t cross join lateral
            (values ('volumes', t.volumes, asked_volumes), ('gigabytes', t.gigabytes, asked_gigabytes),
                    ('snapshots', t.snapshots, asked_snapshots)) as a(resource, used, requested)
          where case when t.of_this_type then of_type is not null else not only_type end
      )
      select a.resource, l.hard_limit::bigint, a.used, a.requested::bigint
        from asked a cross join lateral (select quota_limit(for_project, a.resource) as hard_limit) l
        where a.requested > 0 and l.hard_limit >= 0 and a.used + a.requested > l.hard_limit
        order by a.rank, a.resource collate "C" limit 1;
    if found then
      return;
    end if;
    insert into quota_reservations${onConflict && ' as r'}
      values (for_key, for_project, asked_volumes, asked_gigabytes, asked_snapshots, of_type, only_type, now())${onConflict};
  end $$`;
