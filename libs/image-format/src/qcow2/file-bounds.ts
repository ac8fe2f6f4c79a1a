import { fail } from '../decode-stop';
import type { Extent } from './tables';

/**
 * Fails for a stretch the file does not hold.
 *
 * Tables must be there whole. Of data, the last cluster of the file may be cut short, as QEMU leaves it when the
 * disk ends inside it: what is missing reads as zeros. A compressed stretch is counted in whole sectors and may
 * reach past the end; whether enough of it is there shows when it is inflated.
 */
export function requireInFile(extent: Extent, file: { sizeBytes: number; clusterSizeBytes: number }): void {
  if (firstByteAfterNeeded(extent, file.clusterSizeBytes) <= file.sizeBytes) return;
  fail('truncated', `${describe(extent)} is missing: the file ends at byte ${file.sizeBytes}`);
}

function firstByteAfterNeeded(extent: Extent, clusterSizeBytes: number): number {
  const end = extent.host + extent.length;
  switch (extent.kind) {
    case 'l1':
    case 'l2':
      return end;
    case 'data':
      return Math.floor((end - 1) / clusterSizeBytes) * clusterSizeBytes + 1;
    case 'deflated':
      return extent.host + 1;
  }
}

/**
 * Fails for an L1 table that names more L2 tables than the file can hold: it names some of them over and over, which
 * no valid file does, and would make a small file cost as much as the largest disk.
 */
export function requireRoomForTables(count: number, file: { sizeBytes: number; clusterSizeBytes: number }): void {
  if (count * file.clusterSizeBytes <= file.sizeBytes) return;
  const tables = `${count} or more L2 tables of ${file.clusterSizeBytes} bytes`;
  fail('corrupt-table', `the L1 table names ${tables}, which a file of ${file.sizeBytes} bytes cannot hold`);
}

/** A stretch as an operator reads of it. */
export function describe({ kind, host, length, guest }: Extent): string {
  switch (kind) {
    case 'l1':
      return `the L1 table (${length} bytes at byte ${host})`;
    case 'l2':
      return `the L2 table at byte ${host}, for the disk from byte ${guest} on,`;
    case 'data':
      return `the data at byte ${host} (${length} bytes, for the disk from byte ${guest} on)`;
    case 'deflated':
      return `the compressed cluster at byte ${host}, for the disk from byte ${guest} on,`;
  }
}
