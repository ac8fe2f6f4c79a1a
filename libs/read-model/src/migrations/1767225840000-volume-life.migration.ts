import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What happens to a volume between creation and deletion, its snapshots, attachments and transfers, the messages that failures leave, and
 * the services. Tables that come from facts are emptied and the checkpoint goes back to the log's start: the projector folds it anew. A
 * replica that does not know these columns cannot write any more: none of them has a default, and the generation rises.
 */
export class VolumeLife1767225840000 implements MigrationInterface {
  readonly name = 'VolumeLife1767225840000';

  async up(runner: QueryRunner): Promise<void> {
    const changes = [foldAnew, volumes, volumeIndexes, snapshots, attachments, transfers, messages, services, usage];
    for (const sql of changes) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of [foldAnew, formerVolumes, formerTables]) await runner.query(sql);
  }
}

const foldAnew = `
  truncate volumes, cache_entries, cache_claims, cache_uses, cache_pools, project_usage;
  update projection_checkpoints
    set generation = generation + 1, sequence = 0, commit_id = null, commit_digest = null, running_hash = repeat('0', 64),
        updated_at = now()
    where name = 'facts'`;

const volumes = `
  alter table volumes
    add column extending_to_gib integer,
    add column encryption jsonb,
    add column encryption_key_id text collate "C",
    add column snapshot_id text collate "C",
    add column source_volid text collate "C",
    add column read_only boolean,
    add column multiattach boolean not null,
    add column attach_status text collate "C" not null,
    add column migration_status text collate "C",
    add column attachments jsonb not null,
    add column held text collate "C",
    add column snapshot_ids jsonb not null,
    add column transfer jsonb`;

/**
 * One index for each order that lists are asked for most, of one project and of all: the key, then creation, then id, as lists are
 * sorted, so that a page is read from its first row on and nothing is sorted.
 */
const volumeIndexes = `
  drop index volumes_by_status;
  drop index volumes_by_name;
  create index volumes_by_status on volumes (status, created_at, id) where deleted_at is null;
  create index volumes_by_name on volumes (coalesce(name, ''), created_at, id) where deleted_at is null;
  create index volumes_of_project_by_status on volumes (project_id, status, created_at, id) where deleted_at is null;
  create index volumes_of_project_by_name on volumes (project_id, coalesce(name, ''), created_at, id)
    where deleted_at is null`;

const snapshots = `
  create table snapshots (
    id text collate "C" primary key,
    volume_id text collate "C" not null,
    project_id text collate "C" not null,
    user_id text collate "C" not null,
    name text,
    description text,
    metadata jsonb not null,
    status text collate "C" not null,
    size_gib integer not null,
    volume_type_id text collate "C",
    progress text not null,
    failure jsonb,
    request_id text collate "C",
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz
  );
  create index snapshots_of_volume on snapshots (volume_id, created_at, id) where deleted_at is null;
  create index snapshots_of_project on snapshots (project_id, created_at, id) where deleted_at is null;
  create index snapshots_by_age on snapshots (created_at, id) where deleted_at is null;
  comment on table snapshots is 'one row a snapshot, from facts; deleted ones stay'`;

const attachments = `
  create table attachments (
    id text collate "C" primary key,
    volume_id text collate "C" not null,
    project_id text collate "C" not null,
    status text collate "C" not null,
    completed boolean not null,
    leaving boolean not null,
    instance_id text collate "C",
    mode text collate "C",
    legacy boolean not null,
    host_name text,
    mountpoint text,
    connector jsonb,
    connection jsonb,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    attached_at timestamptz
  );
  create index attachments_of_project on attachments (project_id, created_at, id);
  create index attachments_of_volume on attachments (volume_id);
  comment on table attachments is 'one row an attachment that is there, from facts'`;

const transfers = `
  create table transfers (
    id text collate "C" primary key,
    volume_id text collate "C" not null,
    source_project_id text collate "C" not null,
    destination_project_id text collate "C",
    name text,
    no_snapshots boolean not null,
    accepted boolean not null,
    created_at timestamptz not null,
    deleted_at timestamptz
  );
  create index transfers_of_project on transfers (source_project_id, created_at, id) where deleted_at is null;
  comment on table transfers is 'one row an offer of a volume to another project, from facts'`;

const messages = `
  create table messages (
    id text collate "C" primary key,
    project_id text collate "C" not null,
    request_id text collate "C",
    resource_type text collate "C" not null,
    resource_uuid text collate "C" not null,
    event_id text collate "C" not null,
    user_message text not null,
    message_level text collate "C" not null,
    created_at timestamptz not null,
    guaranteed_until timestamptz not null
  );
  create index messages_of_project on messages (project_id, created_at, id);
  comment on table messages is 'what users are told of failures, from facts'`;

const services = `
  create table services (
    service text collate "C" primary key,
    disabled boolean not null,
    disabled_reason text,
    pools jsonb not null,
    cache jsonb,
    created_at timestamptz not null,
    updated_at timestamptz not null
  );
  comment on table services is 'backends of hosts, whether they may get work and what they reported, from facts'`;

const usage = `
  alter table project_usage
    add column snapshots integer not null,
    add column snapshot_gigabytes bigint not null;
  comment on table project_usage is 'what each project''s volumes and snapshots add up to, from facts';
  create table project_type_usage (
    project_id text collate "C" not null,
    volume_type_id text collate "C" not null,
    volumes integer not null,
    gigabytes bigint not null,
    snapshots integer not null,
    snapshot_gigabytes bigint not null,
    primary key (project_id, volume_type_id)
  );
  create index project_type_usage_of_type on project_type_usage (volume_type_id);
  comment on table project_type_usage is 'what each project''s volumes and snapshots of a type add up to, from facts'`;

const formerVolumes = `
  drop index volumes_of_project_by_status, volumes_of_project_by_name, volumes_by_status, volumes_by_name;
  create index volumes_by_status on volumes (status, project_id, created_at desc, id desc) where deleted_at is null;
  create index volumes_by_name on volumes (name, project_id) where deleted_at is null;
  alter table volumes
    drop column extending_to_gib, drop column encryption, drop column encryption_key_id, drop column snapshot_id,
    drop column source_volid, drop column read_only, drop column multiattach, drop column attach_status,
    drop column migration_status, drop column attachments, drop column held, drop column snapshot_ids, drop column transfer`;

const formerTables = `
  drop table snapshots, attachments, transfers, messages, services, project_type_usage;
  alter table project_usage drop column snapshots, drop column snapshot_gigabytes;
  comment on table project_usage is 'what each project''s volumes add up to, from facts'`;
