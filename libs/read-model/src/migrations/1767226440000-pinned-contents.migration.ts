import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A pin names the contents under which entries of other images serve the pinned one. The tables are folded anew. */
export class PinnedContents1767226440000 implements MigrationInterface {
  readonly name = 'PinnedContents1767226440000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(foldAnew);
    await runner.query('alter table cache_pins add column contents jsonb not null');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(foldAnew);
    await runner.query('alter table cache_pins drop column contents');
  }
}

const foldAnew = `
  truncate volumes, snapshots, attachments, transfers, messages, cache_entries, cache_claims, cache_uses, cache_pools, cache_entry_states,
    cache_events, cache_pins, cache_prefetches, cache_policies, cache_decisions, services, project_usage, project_type_usage,
    log_clock;
  update projection_checkpoints
    set generation = generation + 1, sequence = 0, commit_id = null, commit_digest = null, running_hash = repeat('0', 64),
        updated_at = now()
    where name = 'facts'`;
