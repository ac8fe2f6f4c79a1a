import { fail } from '../decode-stop';
import type { Qcow2Header } from './header';
import { type Extent, readL1 } from './tables';

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
 * Fails for an L1 table that names one L2 table more than once, or itself: no valid file does, and it would make a small file cost as
 * much as the largest disk. Tables apart from each other that lie in the file can never be more than the file has room for.
 *
 * @param l1 the L1 table, as far as it maps the disk
 */
export function requireTablesApart(l1: Buffer, header: Qcow2Header): void {
  const l1End = header.l1Offset + header.l1Entries * 8;
  let isAscending = true;
  let count = 0;
  let before = 0;
  for (const { host } of readL1(l1, header)) {
    if (host + header.clusterSizeBytes > header.l1Offset && host < l1End) {
      fail(
        'corrupt-table',
        `the L1 table (from byte ${header.l1Offset} on) names the L2 table at byte ${host}, inside itself`,
      );
    }
    isAscending &&= host > before;
    before = host;
    count += 1;
  }
  if (isAscending) return;
  const hosts = new Float64Array(count);
  for (const { host } of readL1(l1, header)) hosts[--count] = host;
  hosts.sort().forEach((host, index) => {
    if (host === hosts[index - 1])
      fail('corrupt-table', `the L1 table names the L2 table at byte ${host} more than once`);
  });
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
