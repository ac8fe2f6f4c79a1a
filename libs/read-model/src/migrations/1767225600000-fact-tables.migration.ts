import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tables that come from facts, and how far they have followed the log. */
export class FactTables1767225600000 implements MigrationInterface {
  readonly name = 'FactTables1767225600000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [volumes, cacheEntries, cacheClaims, cacheUses, cachePools, projectUsage, checkpoints]) {
      await runner.query(sql);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function advance_checkpoint;
      drop table projection_checkpoints, project_usage, cache_pools, cache_uses, cache_claims, cache_entries, volumes`);
  }
}

/** Lists leave deleted volumes out, and so do the indexes that serve them; the id ends the order, so that pages never overlap. */
const volumes = `
  create table volumes (
    id text collate "C" primary key,
    project_id text collate "C" not null,
    user_id text collate "C" not null,
    name text,
    description text,
    status text collate "C" not null,
    size_gib integer not null,
    volume_type_id text collate "C",
    volume_type_name text,
    availability_zone text,
    host text collate "C",
    bootable boolean not null,
    internal boolean not null,
    metadata jsonb not null,
    image_metadata jsonb not null,
    image_id text collate "C",
    failure jsonb,
    decision jsonb,
    placements jsonb not null,
    request_id text collate "C",
    request_digest text collate "C",
    created_at timestamptz not null,
    updated_at timestamptz not null,
    launched_at timestamptz,
    deleted_at timestamptz
  );
  create index volumes_of_project on volumes (project_id, created_at desc, id desc) where deleted_at is null;
  create index volumes_by_age on volumes (created_at desc, id desc) where deleted_at is null;
  create index volumes_by_status on volumes (status, project_id, created_at desc, id desc) where deleted_at is null;
  create index volumes_by_name on volumes (name, project_id) where deleted_at is null;
  comment on table volumes is 'one row a volume, from facts; deleted ones stay, to be explained'`;

const cacheEntries = `
  create table cache_entries (
    pool text collate "C" not null,
    generation integer not null,
    content text collate "C" not null,
    image_id text collate "C" not null,
    image_name text,
    image_volume_id text collate "C" not null,
    size_gib integer not null,
    status text collate "C" not null,
    retire_reason text collate "C",
    failure jsonb,
    host text collate "C" not null,
    incarnation text collate "C" not null,
    attempt integer not null,
    filled_for text collate "C",
    internal_project_id text collate "C" not null,
    internal_user_id text collate "C" not null,
    digest text collate "C",
    verified_by text collate "C",
    bytes_downloaded bigint not null,
    bytes_written bigint not null,
    durations_ms jsonb not null,
    hits bigint not null,
    last_used_at timestamptz not null,
    created_at timestamptz not null,
    ready_at timestamptz,
    retired_at timestamptz,
    reaped_at timestamptz,
    updated_at timestamptz not null,
    primary key (pool, generation)
  );
  create index cache_entries_present on cache_entries (pool, generation) where reaped_at is null;
  create index cache_entries_of_image on cache_entries (image_id);
  comment on table cache_entries is 'one row a fill attempt of a pool''s image-volume cache, from facts'`;

const cacheClaims = `
  create table cache_claims (
    volume_id text collate "C" not null,
    pool text collate "C" not null,
    generation integer not null,
    stage text collate "C" not null,
    since timestamptz not null,
    primary key (volume_id, pool)
  );
  create index cache_claims_of_entry on cache_claims (pool, generation);
  comment on table cache_claims is 'what creates in progress hold in a pool''s cache, from facts'`;

const cacheUses = `
  create table cache_uses (
    volume_id text collate "C" not null,
    pool text collate "C" not null,
    generation integer not null,
    image_id text collate "C" not null,
    outcome text collate "C" not null,
    failed boolean not null,
    project_id text collate "C" not null,
    user_id text collate "C" not null,
    size_gib integer not null,
    volume_type text not null,
    request_id text collate "C",
    used_at timestamptz not null,
    primary key (volume_id, pool)
  );
  comment on table cache_uses is 'the one hit or miss of every create that used a cache, from facts'`;

const cachePools = `
  create table cache_pools (
    pool text collate "C" primary key,
    state text collate "C",
    reason text,
    max_size_gib integer,
    max_count integer,
    size_gib bigint not null,
    filling_count integer not null,
    ready_count integer not null,
    retired_gib bigint not null,
    retired_count integer not null,
    hits bigint not null,
    joined bigint not null,
    misses bigint not null,
    evictions bigint not null,
    fills_failed bigint not null,
    bytes_downloaded bigint not null,
    updated_at timestamptz not null
  );
  comment on table cache_pools is 'settings, content and counters of each pool''s image-volume cache, from facts'`;

const projectUsage = `
  create table project_usage (
    project_id text collate "C" primary key,
    volumes integer not null,
    gigabytes bigint not null
  );
  comment on table project_usage is 'what each project''s volumes add up to, from facts'`;

/** The one row moves with the rows it stands for; who moves it from where it no longer is has lost its place and is told so. */
const checkpoints = `
  create table projection_checkpoints (
    name text collate "C" primary key,
    generation integer not null,
    sequence bigint not null,
    commit_id text collate "C",
    commit_digest text collate "C",
    running_hash text collate "C" not null,
    updated_at timestamptz not null
  );
  insert into projection_checkpoints values ('facts', 1, 0, null, null, repeat('0', 64), now());
  create function advance_checkpoint(
    from_generation integer, from_sequence bigint,
    to_sequence bigint, to_commit_id text, to_commit_digest text, to_running_hash text
  ) returns void language plpgsql as $$
  begin
    update projection_checkpoints
      set sequence = to_sequence, commit_id = to_commit_id, commit_digest = to_commit_digest,
          running_hash = to_running_hash, updated_at = now()
      where name = 'facts' and generation = from_generation and sequence = from_sequence;
    if not found then
      raise exception 'the checkpoint is no longer at position % of generation %', from_sequence, from_generation
        using errcode = 'HR001';
    end if;
  end $$`;
