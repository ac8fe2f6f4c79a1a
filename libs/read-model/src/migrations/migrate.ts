import { Client } from 'pg';
import { clientConfig, type ReadModelOptions } from '../database/connection';
import { locks } from '../database/locks';
import { isUnavailable, ReadModelUnavailableError } from '../database/read-model-unavailable.error';

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
    return await runMigrations(options);
  } catch (error) {
    throw isUnavailable(error) ? new ReadModelUnavailableError('migrations did not run', error) : error;
  } finally {
    await client.end();
  }
}

async function runMigrations(options: ReadModelOptions): Promise<readonly string[]> {
  // TypeORM is needed for this alone: a process that does not migrate does not load it.
  const { createDataSource } = await import('./data-source');
  const dataSource = await createDataSource(options).initialize();
  try {
    const ran = await dataSource.runMigrations();
    return ran.map(({ name }) => name);
  } finally {
    await dataSource.destroy();
  }
}
