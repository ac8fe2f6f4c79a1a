import { Client, type ClientBase } from 'pg';
import { clientConfig, type ReadModelOptions } from '../database/connection';
import { locks } from '../database/locks';
import { isUnavailable, ReadModelUnavailableError } from '../database/read-model-unavailable.error';
import { allMigrations } from './all-migrations';

/**
 * Brings the tables up to date and returns the names of the migrations that ran. Replicas that start together wait for one
 * another. Throws `ReadModelUnavailableError` when PostgreSQL is away.
 */
export async function migrate(options: ReadModelOptions): Promise<readonly string[]> {
  const client = new Client(clientConfig(options));
  client.on('error', () => undefined); // the query's own promise tells
  try {
    await client.connect();
    await client.query('select pg_advisory_lock($1, $2)', [...locks.migration]);
    return (await hasPending(client)) ? await runMigrations(options) : [];
  } catch (error) {
    throw isUnavailable(error) ? new ReadModelUnavailableError('migrations did not run', error) : error;
  } finally {
    await client.end();
  }
}

/** Whether a migration has not run yet, by the table in which TypeORM notes them. */
async function hasPending(client: Client): Promise<boolean> {
  const { rows: tables } = await client.query<{ there: boolean }>(
    `select to_regclass('migrations') is not null as there`,
  );
  if (!tables[0]?.there) return true;
  const ran = new Set(await ranMigrations(client));
  return knownMigrations().some((name) => !ran.has(name));
}

/** Migrations that have run and that this release does not know: a newer one has changed the tables. */
export async function newerMigrations(client: ClientBase): Promise<readonly string[]> {
  const known = new Set(knownMigrations());
  return (await ranMigrations(client)).filter((name) => !known.has(name));
}

async function ranMigrations(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('select name from migrations order by id');
  return rows.map(({ name }) => name);
}

const knownMigrations = () => allMigrations.map((Migration) => new Migration().name);

async function runMigrations(options: ReadModelOptions): Promise<readonly string[]> {
  // TypeORM is needed for this alone, and is 15 MiB for as long as the process lives: who has nothing to migrate does not load it.
  const { createDataSource } = await import('./data-source');
  const dataSource = await createDataSource(options).initialize();
  try {
    const ran = await dataSource.runMigrations();
    return ran.map(({ name }) => name);
  } finally {
    await dataSource.destroy();
  }
}
