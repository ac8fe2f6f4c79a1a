import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a pool's fills took from other hosts, beside what they took from the image service. The default is for replicas that do not know
 * the column yet and go on writing rows.
 */
export class PeerBytes1767225780000 implements MigrationInterface {
  readonly name = 'PeerBytes1767225780000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table cache_pools add column bytes_from_peers bigint not null default 0');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table cache_pools drop column bytes_from_peers');
  }
}
