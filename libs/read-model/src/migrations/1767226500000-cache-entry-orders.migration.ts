import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lists of entries by an image, and in the order of names and of users, need not read all entries there ever were. */
export class CacheEntryOrders1767226500000 implements MigrationInterface {
  readonly name = 'CacheEntryOrders1767226500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index cache_entries_by_image on cache_entries (image_id, created_at, image_volume_id) where reaped_at is null;
      create index cache_entries_by_name on cache_entries (coalesce(image_name, ''), created_at, image_volume_id)
        where reaped_at is null;
      create index cache_entries_by_users on cache_entries (used_by, created_at, image_volume_id) where reaped_at is null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index cache_entries_by_image, cache_entries_by_name, cache_entries_by_users');
  }
}
