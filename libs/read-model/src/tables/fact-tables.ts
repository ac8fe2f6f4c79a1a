import { attachmentsTable } from './attachments.table';
import { cacheClaimsTable } from './cache-claims.table';
import { cacheEntriesTable } from './cache-entries.table';
import { cachePoolsTable } from './cache-pools.table';
import { cacheUsesTable } from './cache-uses.table';
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
  servicesTable,
  projectUsageTable,
  projectTypeUsageTable,
];
