import { cacheClaimsTable } from './cache-claims.table';
import { cacheEntriesTable } from './cache-entries.table';
import { cachePoolsTable } from './cache-pools.table';
import { cacheUsesTable } from './cache-uses.table';
import { projectUsageTable } from './project-usage.table';
import type { AnyTable } from './table';
import { volumesTable } from './volumes.table';

/** The tables that come from facts alone: any of them can be dropped and rebuilt. In the order in which they are locked. */
export const factTables: readonly AnyTable[] = [
  volumesTable,
  cacheEntriesTable,
  cacheClaimsTable,
  cacheUsesTable,
  cachePoolsTable,
  projectUsageTable,
];
