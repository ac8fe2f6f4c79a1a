import { attachmentsTable } from './attachments.table';
import { cacheClaimsTable } from './cache-claims.table';
import { cacheDecisionsTable } from './cache-decisions.table';
import { cacheEntriesTable } from './cache-entries.table';
import { cacheEntryStatesTable } from './cache-entry-states.table';
import { cacheEventsTable } from './cache-events.table';
import { cachePinsTable } from './cache-pins.table';
import { cachePoliciesTable } from './cache-policies.table';
import { cachePoolsTable } from './cache-pools.table';
import { cachePrefetchesTable } from './cache-prefetches.table';
import { cacheUsesTable } from './cache-uses.table';
import { logClockTable } from './log-clock.table';
import { messagesTable } from './messages.table';
import { projectTypeUsageTable, projectUsageTable } from './project-usage.table';
import { servicesTable } from './services.table';
import { snapshotsTable } from './snapshots.table';
import type { AnyTable } from './table';
import { transfersTable } from './transfers.table';
import { volumesTable } from './volumes.table';

/** The tables that come from facts alone: any of them can be dropped and rebuilt. In the order in which they are locked. */
export const factTables: readonly AnyTable[] = [
  volumesTable,
  snapshotsTable,
  attachmentsTable,
  transfersTable,
  messagesTable,
  cacheEntriesTable,
  cacheClaimsTable,
  cacheUsesTable,
  cachePoolsTable,
  cacheEntryStatesTable,
  cacheEventsTable,
  cachePinsTable,
  cachePrefetchesTable,
  cachePoliciesTable,
  cacheDecisionsTable,
  servicesTable,
  projectUsageTable,
  projectTypeUsageTable,
  logClockTable,
];
