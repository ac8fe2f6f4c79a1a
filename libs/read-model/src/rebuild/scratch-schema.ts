import type { Client } from 'pg';
import type { ReadModelOptions } from '../database/connection';
import { migrate } from '../migrations/migrate';
import { factTables } from '../tables/fact-tables';

/** Where the tables are built anew. A run that was killed leaves it behind; the next one clears it away. */
export const scratchSchema = 'hearth_rebuild';

export async function dropScratch(client: Client): Promise<void> {
  await client.query(`drop schema if exists ${scratchSchema} cascade`);
}

/**
 * Makes empty tables by the same migrations as the live ones, without the indexes that only reads need; `indexes` are the
 * statements that make those.
 */
export async function createScratch(
  client: Client,
  database: ReadModelOptions,
): Promise<{ readonly indexes: readonly string[] }> {
  await dropScratch(client);
  await client.query(`create schema ${scratchSchema}`);
  await migrate({ ...database, schema: scratchSchema });
  const { rows } = await client.query<{ name: string; definition: string }>(secondaryIndexes, [
    scratchSchema,
    factTables.map(({ name }) => name),
  ]);
  for (const { name } of rows) await client.query(`drop index ${scratchSchema}.${name}`);
  return { indexes: rows.map(({ definition }) => definition) };
}

const secondaryIndexes = `
  select c.relname as name, pg_get_indexdef(i.indexrelid) as definition
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
    where t.relnamespace = $1::regnamespace and t.relname = any($2::text[])
      and not exists (select from pg_constraint where conindid = i.indexrelid)
    order by c.relname`;
