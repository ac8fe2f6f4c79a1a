import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What proves a copy's bytes, where they came from, and what was found when they were read again. */
export class CacheEvidence1767225720000 implements MigrationInterface {
  readonly name = 'CacheEvidence1767225720000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table cache_entries
        add column content_digest text collate "C",
        add column signature text collate "C",
        add column ignored_checks jsonb,
        add column source jsonb,
        add column verified_at timestamptz,
        add column corruption jsonb`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table cache_entries
        drop column content_digest, drop column signature, drop column ignored_checks, drop column source,
        drop column verified_at, drop column corruption`);
  }
}
