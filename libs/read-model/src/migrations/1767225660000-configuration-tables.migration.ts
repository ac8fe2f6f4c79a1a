import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Volume types and quota: ordinary rows, not from facts. */
export class ConfigurationTables1767225660000 implements MigrationInterface {
  readonly name = 'ConfigurationTables1767225660000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [volumeTypes, quota, reserveQuota]) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function reserve_quota; drop table quota_reservations, quota_limits, volume_types');
  }
}

const volumeTypes = `
  create table volume_types (
    id text collate "C" primary key,
    name text collate "C" not null constraint volume_types_name unique,
    description text,
    is_public boolean not null,
    extra_specs jsonb not null,
    created_at timestamptz not null,
    updated_at timestamptz
  );
  insert into volume_types values
    ('bf1cf076-0f5c-4c1c-9d0b-1b6d2f6f8a10', '__DEFAULT__', 'Default Volume Type', true, '{}', now(), null)`;

/** Cinder's defaults: 10 volumes, 1,000 GiB, any size of one volume. */
const quota = `
  create table quota_limits (
    project_id text collate "C" primary key,
    volumes integer,
    gigabytes integer,
    per_volume_gigabytes integer
  );
  comment on table quota_limits is 'limits of a project, or of all others under the id default; -1: unlimited, null: as the default';
  insert into quota_limits values ('default', 10, 1000, -1);
  create table quota_reservations (
    volume_id text collate "C" primary key,
    project_id text collate "C" not null,
    gigabytes integer not null,
    created_at timestamptz not null
  );
  create index quota_reservations_of_project on quota_reservations (project_id)`;

/**
 * Checks a project's limits and holds room for one volume, in one round trip. Each statement of the function sees what was
 * committed before it began: the first waits for the project's lock, those after it see every reservation made under it.
 * Usage and reservations are read by one statement, because the projector moves a volume from one to the other.
 */
const reserveQuota = `
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
