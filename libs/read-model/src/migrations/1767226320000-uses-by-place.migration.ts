import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A volume that is given another image uses the cache of its pool once more: a use is named by its place in the log. Decisions of one pool
 * are found without those of the others. The tables are folded anew.
 */
export class UsesByPlace1767226320000 implements MigrationInterface {
  readonly name = 'UsesByPlace1767226320000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(foldAnew);
    await runner.query(`
      alter table cache_uses drop constraint cache_uses_pkey, add primary key (pool, sequence, ordinal);
      create index cache_uses_of_volume on cache_uses (volume_id, sequence, ordinal);
      create index cache_decisions_of_pool on cache_decisions (pool, decided_at, volume_id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(foldAnew);
    await runner.query(`
      drop index cache_uses_of_volume, cache_decisions_of_pool;
      alter table cache_uses drop constraint cache_uses_pkey, add primary key (volume_id, pool)`);
  }
}

const foldAnew = `
  truncate volumes, snapshots, attachments, transfers, messages, cache_entries, cache_claims, cache_uses, cache_pools, cache_entry_states,
    cache_events, cache_pins, cache_prefetches, cache_policies, cache_decisions, services, project_usage, project_type_usage;
  update projection_checkpoints
    set generation = generation + 1, sequence = 0, commit_id = null, commit_digest = null, running_hash = repeat('0', 64),
        updated_at = now()
    where name = 'facts'`;
