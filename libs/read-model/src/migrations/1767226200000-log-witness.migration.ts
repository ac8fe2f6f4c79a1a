import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is known of the log outside of it: the furthest commit seen, which stays when tables are folded anew, and what was found missing.
 * Digests are of stored bytes from here on, so that releases agree about them: the tables are folded anew, and of the last commit of
 * before its id alone is kept.
 */
export class LogWitness1767226200000 implements MigrationInterface {
  readonly name = 'LogWitness1767226200000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [tables, foldAnew]) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of [foldAnew, 'drop table log_incidents, log_witness']) await runner.query(sql);
  }
}

const tables = `
  create table log_witness (
    name text collate "C" primary key,
    sequence bigint not null,
    commit_id text collate "C",
    commit_digest text collate "C",
    gone bigint,
    updated_at timestamptz not null
  );
  insert into log_witness
    select name, sequence, commit_id, null, null, now() from projection_checkpoints where name = 'facts';
  create table log_incidents (
    id integer generated always as identity primary key,
    cause text collate "C" not null,
    sequence bigint not null,
    commit_id text collate "C",
    commit_digest text collate "C",
    log_end bigint not null,
    reason text not null,
    found_by text not null,
    found_at timestamptz not null,
    outcome text collate "C",
    closed_by text,
    closed_at timestamptz,
    note text,
    lost jsonb
  );
  create unique index log_incidents_open on log_incidents (cause, sequence) where outcome is null`;

const foldAnew = `
  truncate volumes, snapshots, attachments, transfers, messages, cache_entries, cache_claims, cache_uses, cache_pools, services,
    project_usage, project_type_usage;
  update projection_checkpoints
    set generation = generation + 1, sequence = 0, commit_id = null, commit_digest = null, running_hash = repeat('0', 64),
        updated_at = now()
    where name = 'facts'`;
