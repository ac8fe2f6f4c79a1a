import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What operators see of the caches, now and at any time: states of entries from one moment to another, the journal, pins, prefetches,
 * policies, and the decision of every create. The tables are folded anew.
 */
export class CacheOperations1767226260000 implements MigrationInterface {
  readonly name = 'CacheOperations1767226260000';

  async up(runner: QueryRunner): Promise<void> {
    const made = [entries, states, events, pins, prefetches, policies, decisions, volumes];
    for (const sql of [foldAnew, ...made]) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(foldAnew);
    await runner.query(former);
  }
}

const foldAnew = `
  truncate volumes, snapshots, attachments, transfers, messages, cache_entries, cache_claims, cache_uses, cache_pools, services,
    project_usage, project_type_usage;
  update projection_checkpoints
    set generation = generation + 1, sequence = 0, commit_id = null, commit_digest = null, running_hash = repeat('0', 64),
        updated_at = now()
    where name = 'facts'`;

/**
 * One index for each order that entries are listed in most. A state of the past has the last use before it: the index of uses leads there
 * at once.
 */
const entries = `
  alter table cache_entries
    add column project_id text collate "C",
    add column prefetch_id text collate "C",
    add column successor_of integer,
    add column suspended text collate "C",
    add column suspended_at timestamptz,
    add column used_by integer not null,
    add column dependants integer,
    add column dependants_at timestamptz,
    add column retired_by jsonb,
    add column retire_policy text collate "C",
    add column state_sequence bigint not null,
    add column state_since timestamptz not null;
  create index cache_entries_by_image_volume on cache_entries (image_volume_id);
  create index cache_entries_by_age on cache_entries (created_at, image_volume_id) where reaped_at is null;
  create index cache_entries_by_use on cache_entries (last_used_at, created_at, image_volume_id) where reaped_at is null;
  create index cache_entries_by_size on cache_entries (size_gib, created_at, image_volume_id) where reaped_at is null;
  create index cache_entries_by_hits on cache_entries (hits, created_at, image_volume_id) where reaped_at is null;
  alter table cache_uses
    add column sequence bigint not null,
    add column ordinal integer not null,
    add column entry_hits bigint not null;
  create index cache_uses_of_entry on cache_uses (pool, generation, used_at, sequence, ordinal);
  create index cache_uses_of_image on cache_uses (image_id, used_at, sequence, ordinal);
  alter table cache_pools
    add column settings jsonb,
    add column off_ready text collate "C",
    add column off_at timestamptz,
    add column off_by jsonb`;

const states = `
  create table cache_entry_states (
    pool text collate "C" not null,
    generation integer not null,
    sequence bigint not null,
    image_id text collate "C" not null,
    image_name text,
    image_volume_id text collate "C" not null,
    content text collate "C" not null,
    project_id text collate "C",
    status text collate "C" not null,
    size_gib integer not null,
    suspended text collate "C",
    valid_from timestamptz not null,
    valid_to timestamptz,
    primary key (pool, generation, sequence)
  );
  create index cache_entry_states_at on cache_entry_states using gist (tstzrange(valid_from, valid_to));
  comment on table cache_entry_states is 'what each entry was from one moment to another, from facts'`;

const events = `
  create table cache_events (
    pool text collate "C" not null,
    sequence bigint not null,
    ordinal integer not null,
    type text collate "C" not null,
    generation integer,
    image_id text collate "C",
    at timestamptz not null,
    by jsonb,
    request_id text collate "C",
    data jsonb not null,
    primary key (pool, sequence, ordinal)
  );
  create index cache_events_of_pool on cache_events (pool, at, sequence, ordinal);
  create index cache_events_of_entry on cache_events (pool, generation, at, sequence, ordinal) where generation is not null;
  create index cache_events_of_image on cache_events (image_id, at, sequence, ordinal) where image_id is not null;
  create index cache_events_of_rules on cache_events (pool, at, sequence, ordinal)
    where type in ('pinned', 'unpinned', 'switched-off', 'switched-on', 'settings-reported');
  comment on table cache_events is 'the journal of each pool''s image-volume cache, from facts'`;

const pins = `
  create table cache_pins (
    pool text collate "C" not null,
    image_id text collate "C" not null,
    note text,
    pinned_by jsonb not null,
    pinned_at timestamptz not null,
    primary key (pool, image_id)
  );
  create index cache_pins_of_image on cache_pins (image_id);
  comment on table cache_pins is 'images whose entries no rule of a pool takes, from facts'`;

const prefetches = `
  create table cache_prefetches (
    id text collate "C" primary key,
    pool text collate "C" not null,
    image_id text collate "C" not null,
    image_name text,
    requested_by jsonb not null,
    requested_at timestamptz not null,
    deadline timestamptz,
    pin boolean not null,
    status text collate "C" not null,
    cancelled_at timestamptz,
    generation integer,
    failure jsonb,
    ended_at timestamptz
  );
  create index cache_prefetches_by_age on cache_prefetches (requested_at, id);
  create index cache_prefetches_of_image on cache_prefetches (image_id, requested_at, id);
  create index cache_prefetches_open on cache_prefetches (pool) where ended_at is null;
  comment on table cache_prefetches is 'images that were asked into a pool''s cache, and what became of it, from facts'`;

const policies = `
  create table cache_policies (
    id text collate "C" primary key,
    name text not null,
    selector jsonb not null,
    pools jsonb not null,
    keep integer not null,
    pin boolean not null,
    every_seconds integer not null,
    enabled boolean not null,
    defined_by jsonb not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    removed_at timestamptz
  );
  comment on table cache_policies is 'which images are to be in which caches, from facts; removed ones stay'`;

const decisions = `
  create table cache_decisions (
    volume_id text collate "C" primary key,
    decided_at timestamptz not null,
    pool text collate "C",
    image_id text collate "C" not null,
    project_id text collate "C" not null,
    outcome text collate "C" not null,
    strategy text collate "C" not null,
    reason text not null,
    failed boolean not null,
    generation integer,
    content text collate "C",
    copy_gib integer,
    bytes_downloaded bigint not null,
    bytes_written bigint not null,
    duration_ms double precision not null,
    refill_bytes bigint not null,
    refill_ms double precision not null,
    saved_bytes bigint not null,
    saved_ms double precision not null
  );
  create index cache_decisions_by_time on cache_decisions (decided_at, volume_id);
  comment on table cache_decisions is 'the one decision of every create from an image, with costs, from facts'`;

/** The volumes that were made from an entry and are there. */
const volumes = `
  create index volumes_of_entry
    on volumes ((decision #>> '{entry,pool}'), (decision #>> '{entry,generation}'), created_at, id)
    where deleted_at is null and launched_at is not null and decision #>> '{entry,pool}' is not null`;

const former = `
  drop index volumes_of_entry, cache_uses_of_entry, cache_uses_of_image, cache_entries_by_image_volume, cache_entries_by_age,
    cache_entries_by_use, cache_entries_by_size, cache_entries_by_hits;
  drop table cache_decisions, cache_policies, cache_prefetches, cache_pins, cache_events, cache_entry_states;
  alter table cache_pools drop column settings, drop column off_ready, drop column off_at, drop column off_by;
  alter table cache_uses drop column sequence, drop column ordinal, drop column entry_hits;
  alter table cache_entries
    drop column project_id, drop column prefetch_id, drop column successor_of, drop column suspended, drop column suspended_at,
    drop column used_by, drop column dependants, drop column dependants_at, drop column retired_by, drop column retire_policy,
    drop column state_sequence, drop column state_since`;
