import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Volume types with access, encryption, QoS and defaults of projects; quota for every resource that Cinder counts; deleted messages. */
export class TypesAndQuota1767225900000 implements MigrationInterface {
  readonly name = 'TypesAndQuota1767225900000';

  async up(runner: QueryRunner): Promise<void> {
    const changes = [volumeTypes, quotaLimits, quotaReservations, deletedMessages, quotaLimit, reserveQuota];
    for (const sql of changes) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of [formerQuota, formerReserveQuota, formerTypes]) await runner.query(sql);
  }
}

const volumeTypes = `
  create table qos_specs (
    id text collate "C" primary key,
    name text collate "C" not null constraint qos_specs_name unique,
    consumer text collate "C" not null,
    specs jsonb not null,
    created_at timestamptz not null,
    updated_at timestamptz
  );
  alter table volume_types
    add column qos_specs_id text collate "C" constraint volume_types_qos_specs references qos_specs,
    add column encryption jsonb;
  create table volume_type_access (
    volume_type_id text collate "C" not null constraint volume_type_access_type references volume_types on delete cascade,
    project_id text collate "C" not null,
    primary key (volume_type_id, project_id)
  );
  create table default_volume_types (
    project_id text collate "C" primary key,
    volume_type_id text collate "C" not null constraint default_volume_types_type references volume_types
  )`;

/** Cinder's defaults; the limits that were set before are taken over. */
const quotaLimits = `
  alter table quota_limits rename to former_quota_limits;
  alter index quota_limits_pkey rename to former_quota_limits_pkey;
  create table quota_limits (
    project_id text collate "C" not null,
    resource text not null,
    hard_limit integer not null,
    primary key (project_id, resource)
  );
  comment on table quota_limits is 'limits that are set for projects; -1: unlimited';
  create table quota_classes (
    class_name text not null,
    resource text not null,
    hard_limit integer not null,
    primary key (class_name, resource)
  );
  comment on table quota_classes is 'limits of quota classes; those of the class default hold where a project has none of its own';
  insert into quota_limits
    select f.project_id, l.resource, l.hard_limit
      from former_quota_limits f cross join lateral
        (values ('volumes', f.volumes), ('gigabytes', f.gigabytes), ('per_volume_gigabytes', f.per_volume_gigabytes))
          as l(resource, hard_limit)
      where f.project_id <> 'default' and l.hard_limit is not null;
  insert into quota_classes
    select 'default', l.resource, l.hard_limit
      from (select 1) as always left join former_quota_limits f on f.project_id = 'default' cross join lateral
        (values ('volumes', coalesce(f.volumes, 10)), ('gigabytes', coalesce(f.gigabytes, 1000)), ('snapshots', 10),
                ('per_volume_gigabytes', coalesce(f.per_volume_gigabytes, -1)), ('backups', 10), ('backup_gigabytes', 1000),
                ('groups', 10)) as l(resource, hard_limit);
  drop table former_quota_limits`;

const quotaReservations = `
  drop function reserve_quota(text, text, integer);
  drop table quota_reservations;
  create table quota_reservations (
    key text collate "C" primary key,
    project_id text collate "C" not null,
    volumes integer not null,
    gigabytes integer not null,
    snapshots integer not null,
    volume_type_id text collate "C",
    type_only boolean not null,
    created_at timestamptz not null
  );
  create index quota_reservations_of_project on quota_reservations (project_id)`;

const deletedMessages = `
  create table deleted_messages (
    id text collate "C" primary key,
    deleted_at timestamptz not null
  );
  comment on table deleted_messages is 'messages that somebody deleted; the facts behind them stay'`;

/** A project's own limit, else that of the class default, else none. */
const quotaLimit = `
  create function quota_limit(for_project text, of_resource text) returns integer language sql stable as $$
    select coalesce(
      (select hard_limit from quota_limits where project_id = for_project and resource = of_resource),
      (select hard_limit from quota_classes where class_name = 'default' and resource = of_resource), -1)
  $$`;

/**
 * Checks a project's limits and holds room, in one round trip. Each statement of the function sees what was committed before it
 * began: the first waits for the project's lock, those after it see every reservation made under it. Usage and reservations are
 * read by one statement, because the projector moves room from one to the other. The first limit in the way is that of one volume's
 * size; the others follow by name, as in Cinder.
 */
const reserveQuota = `
  create function reserve_quota(
    for_key text, for_project text, asked_volumes integer, asked_gigabytes integer, asked_snapshots integer,
    volume_gigabytes integer, of_type text, type_name text, only_type boolean
  ) returns table (exceeded text, quota_limit bigint, quota_used bigint, quota_requested bigint) language plpgsql as $$
  begin
    perform pg_advisory_xact_lock(1212498257, hashtext(for_project));
    if exists (select from quota_reservations r where r.key = for_key)
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
          from quota_reservations r where r.project_id = for_project and not r.type_only
        union all
        select r.volumes, r.gigabytes, r.snapshots, true
          from quota_reservations r where r.project_id = for_project and r.volume_type_id = of_type
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
    insert into quota_reservations
      values (for_key, for_project, asked_volumes, asked_gigabytes, asked_snapshots, of_type, only_type, now());
  end $$`;

const formerQuota = `
  drop function reserve_quota;
  drop function quota_limit;
  drop table deleted_messages, quota_reservations;
  alter table quota_limits rename to later_quota_limits;
  alter index quota_limits_pkey rename to later_quota_limits_pkey;
  create table quota_limits (
    project_id text collate "C" primary key,
    volumes integer,
    gigabytes integer,
    per_volume_gigabytes integer
  );
  comment on table quota_limits is 'limits of a project, or of all others under the id default; -1: unlimited, null: as the default';
  insert into quota_limits
    select l.project_id, max(l.hard_limit) filter (where l.resource = 'volumes'),
           max(l.hard_limit) filter (where l.resource = 'gigabytes'),
           max(l.hard_limit) filter (where l.resource = 'per_volume_gigabytes')
      from (select project_id, resource, hard_limit from later_quota_limits where project_id <> 'default'
            union all
            select 'default', resource, hard_limit from quota_classes where class_name = 'default') as l
      group by l.project_id;
  drop table later_quota_limits, quota_classes;
  create table quota_reservations (
    volume_id text collate "C" primary key,
    project_id text collate "C" not null,
    gigabytes integer not null,
    created_at timestamptz not null
  );
  create index quota_reservations_of_project on quota_reservations (project_id)`;

const formerTypes = `
  drop table default_volume_types, volume_type_access;
  alter table volume_types drop column qos_specs_id, drop column encryption;
  drop table qos_specs`;

const formerReserveQuota = `
  create function reserve_quota(for_volume text, for_project text, asked_gigabytes integer)
  returns table (exceeded text, quota_limit bigint, quota_used bigint, quota_requested bigint) language plpgsql as $$
  declare
    limits record;
    used record;
  begin
    perform pg_advisory_xact_lock(1212498257, hashtext(for_project));
    if exists (select from quota_reservations r where r.volume_id = for_volume)
      or exists (select from volumes v where v.id = for_volume) then
      return;
    end if;
    select coalesce(own.volumes, d.volumes, -1) as volumes,
           coalesce(own.gigabytes, d.gigabytes, -1) as gigabytes,
           coalesce(own.per_volume_gigabytes, d.per_volume_gigabytes, -1) as per_volume
      into limits
      from (select 1) as always
      left join quota_limits d on d.project_id = 'default'
      left join quota_limits own on own.project_id = for_project;
    select coalesce((select u.volumes from project_usage u where u.project_id = for_project), 0) + count(*) as volumes,
           coalesce((select u.gigabytes from project_usage u where u.project_id = for_project), 0)
             + coalesce(sum(r.gigabytes), 0) as gigabytes
      into used
      from quota_reservations r where r.project_id = for_project;
    if limits.per_volume >= 0 and asked_gigabytes > limits.per_volume then
      return query select 'per_volume_gigabytes', limits.per_volume::bigint, 0::bigint, asked_gigabytes::bigint;
    elsif limits.gigabytes >= 0 and used.gigabytes + asked_gigabytes > limits.gigabytes then
      return query select 'gigabytes', limits.gigabytes::bigint, used.gigabytes::bigint, asked_gigabytes::bigint;
    elsif limits.volumes >= 0 and used.volumes + 1 > limits.volumes then
      return query select 'volumes', limits.volumes::bigint, used.volumes::bigint, 1::bigint;
    else
      insert into quota_reservations values (for_volume, for_project, asked_gigabytes, now());
    end if;
  end $$`;
