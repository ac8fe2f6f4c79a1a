import { DataSource, type DataSourceOptions } from 'typeorm';
import { clientConfig, type ReadModelOptions } from '../database/connection';
import { entities } from '../tables/entities';
import { allMigrations } from './all-migrations';

/** TypeORM's view of the read model: entities and migrations. Nothing is changed by connecting. */
export function createDataSource(options: ReadModelOptions): DataSource {
  const { schema, url, connectTimeoutMs } = options;
  const { options: session, application_name: applicationName } = clientConfig(options);
  const settings: Extract<DataSourceOptions, { type: 'postgres' }> = {
    type: 'postgres',
    url,
    schema,
    applicationName,
    connectTimeoutMS: connectTimeoutMs,
    extra: { options: session, max: 2 },
    entities: [...entities],
    migrations: [...allMigrations],
    migrationsTransactionMode: 'each',
    installExtensions: false,
  };
  return new DataSource(settings);
}
