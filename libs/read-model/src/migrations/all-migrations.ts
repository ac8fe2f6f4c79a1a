import type { MigrationInterface } from 'typeorm';
import { FactTables1767225600000 } from './1767225600000-fact-tables.migration';
import { ConfigurationTables1767225660000 } from './1767225660000-configuration-tables.migration';
import { CacheEvidence1767225720000 } from './1767225720000-cache-evidence.migration';
import { PeerBytes1767225780000 } from './1767225780000-peer-bytes.migration';
import { VolumeLife1767225840000 } from './1767225840000-volume-life.migration';
import { TypesAndQuota1767225900000 } from './1767225900000-types-and-quota.migration';
import { ReservationsAgain1767225960000 } from './1767225960000-reservations-again.migration';
import { ReservationHolders1767226020000 } from './1767226020000-reservation-holders.migration';
import { LogWitness1767226200000 } from './1767226200000-log-witness.migration';
import { CacheOperations1767226260000 } from './1767226260000-cache-operations.migration';
import { UsesByPlace1767226320000 } from './1767226320000-uses-by-place.migration';
import { LogClock1767226380000 } from './1767226380000-log-clock.migration';
import { PinnedContents1767226440000 } from './1767226440000-pinned-contents.migration';
import { CacheEntryOrders1767226500000 } from './1767226500000-cache-entry-orders.migration';

/** In the order in which they run. Each is noted in the table `migrations` under its name. */
export const allMigrations: readonly (new () => MigrationInterface & { readonly name: string })[] = [
  FactTables1767225600000,
  ConfigurationTables1767225660000,
  CacheEvidence1767225720000,
  PeerBytes1767225780000,
  VolumeLife1767225840000,
  TypesAndQuota1767225900000,
  ReservationsAgain1767225960000,
  ReservationHolders1767226020000,
  LogWitness1767226200000,
  CacheOperations1767226260000,
  UsesByPlace1767226320000,
  LogClock1767226380000,
  PinnedContents1767226440000,
  CacheEntryOrders1767226500000,
];
