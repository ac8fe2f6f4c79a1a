import { DataSource, type DataSourceOptions } from 'typeorm';
import { clientConfig, type ReadModelOptions } from '../database/connection';
import { entities } from '../tables/entities';
import { FactTables1767225600000 } from './1767225600000-fact-tables.migration';
import { CacheEvidence1767225720000 } from './1767225720000-cache-evidence.migration';
import { ConfigurationTables1767225660000 } from './1767225660000-configuration-tables.migration';
import { PeerBytes1767225780000 } from './1767225780000-peer-bytes.migration';
import { ReservationsAgain1767225960000 } from './1767225960000-reservations-again.migration';
import { TypesAndQuota1767225900000 } from './1767225900000-types-and-quota.migration';
import { VolumeLife1767225840000 } from './1767225840000-volume-life.migration';

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
    migrations: [
      FactTables1767225600000,
      ConfigurationTables1767225660000,
      CacheEvidence1767225720000,
      PeerBytes1767225780000,
      VolumeLife1767225840000,
      TypesAndQuota1767225900000,
      ReservationsAgain1767225960000,
    ],
    migrationsTransactionMode: 'each',
    installExtensions: false,
  };
  return new DataSource(settings);
}
