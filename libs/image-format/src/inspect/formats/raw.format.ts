import { prefixBytes, readPrefix, type Asking } from '../asking';
import { hasPartitionTable, readPartitionTable } from '../partition-table';
import type { Findings } from './format-rules';

/** Bytes of a disk as they are. The one thing there is to look at is a partition table. */
export function* inspectRaw(): Asking<Findings> {
  const prefix = yield* readPrefix(prefixBytes);
  if (!hasPartitionTable(prefix)) return { failures: [], image: { format: 'raw', partitionTable: undefined } };
  const { table, failures } = readPartitionTable(prefix);
  return { failures, image: { format: 'raw', partitionTable: table } };
}
