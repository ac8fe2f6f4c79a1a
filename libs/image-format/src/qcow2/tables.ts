import { fail } from '../decode-stop';
import type { Qcow2Header } from './header';

/** The active L1 table itself, as a stretch of the file. */
export interface L1Ref {
  readonly kind: 'l1';
  readonly host: number;
  readonly length: number;
  readonly guest: 0;
}

/** Where an L2 table lies in the file, and the first byte of the guest's disk it maps. */
export interface TableRef {
  readonly kind: 'l2';
  readonly host: number;
  readonly length: number;
  readonly guest: number;
}

/** `length` bytes of the file from `host` on are the guest's disk from `guest` on. Several clusters where possible. */
export interface DataExtent {
  readonly kind: 'data';
  readonly host: number;
  readonly length: number;
  readonly guest: number;
}

/**
 * One cluster, deflated somewhere in the `length` bytes from `host` on. The length is a number of whole sectors
 * counted from the sector of `host`, so the stretch may reach into the next compressed cluster and past the file.
 */
export interface DeflatedExtent {
  readonly kind: 'deflated';
  readonly host: number;
  readonly length: number;
  readonly guest: number;
}

export type Mapping = DataExtent | DeflatedExtent;

/** Any stretch of the file a decoder must read. */
export type Extent = L1Ref | TableRef | Mapping;

const highWord = 2 ** 32;

/** Where the active L1 table lies, as far as it maps the disk; undefined for a disk of no bytes. */
export function locateL1(header: Qcow2Header): L1Ref | undefined {
  const entries = countL1Entries(header);
  return entries === 0 ? undefined : { kind: 'l1', host: header.l1Offset, length: entries * 8, guest: 0 };
}

/** An L1 table may be longer than the disk: saved states of a machine lie behind it. */
function countL1Entries({ virtualSizeBytes, clusterSizeBytes }: Qcow2Header): number {
  return Math.ceil(virtualSizeBytes / guestBytesPerL2(clusterSizeBytes));
}

function guestBytesPerL2(clusterSizeBytes: number): number {
  return (clusterSizeBytes / 8) * clusterSizeBytes;
}

/**
 * The L2 tables the active L1 table names, in the order of the guest's disk: one by one, as it may name millions.
 * `table` is looked at while they are asked for.
 */
export function* readL1(table: Buffer, header: Qcow2Header): Generator<TableRef> {
  const { clusterSizeBytes } = header;
  const guestBytesPerEntry = guestBytesPerL2(clusterSizeBytes);
  const count = countL1Entries(header);
  for (let index = 0; index < count; index++) {
    const host = readOffset(table, index * 8, header, 'L1');
    if (host === 0) continue;
    yield { kind: 'l2', host, length: clusterSizeBytes, guest: index * guestBytesPerEntry };
  }
}

/**
 * The data one L2 table maps, in the order of the guest's disk; neighbours in both guest and file come as one.
 * Clusters that are not allocated, or marked as zeros, are left out; what lies past the disk is cut off.
 * `table` is looked at while they are asked for.
 */
export function* readL2(table: Buffer, guestBase: number, header: Qcow2Header): Generator<Mapping> {
  const { clusterSizeBytes, virtualSizeBytes } = header;
  const count = Math.min(clusterSizeBytes / 8, Math.ceil((virtualSizeBytes - guestBase) / clusterSizeBytes));
  let runHost = 0;
  let runGuest = 0;
  let runLength = 0;
  const run = (): DataExtent => {
    const length = Math.min(runLength, virtualSizeBytes - runGuest);
    return { kind: 'data', host: runHost, length, guest: runGuest };
  };
  for (let index = 0; index < count; index++) {
    const at = index * 8;
    const guest = guestBase + index * clusterSizeBytes;
    if (((table[at] ?? 0) & 0x40) !== 0) {
      if (runLength > 0) yield run();
      runLength = 0;
      yield readDeflated(table, at, guest, header);
      continue;
    }
    const host = readOffset(table, at, header, 'L2');
    if (host === 0 || isZeroCluster(table, at, header)) continue;
    if (runLength > 0 && host === runHost + runLength && guest === runGuest + runLength) {
      runLength += clusterSizeBytes;
      continue;
    }
    if (runLength > 0) yield run();
    runHost = host;
    runGuest = guest;
    runLength = clusterSizeBytes;
  }
  if (runLength > 0) yield run();
}

/** Bits 9 to 55 of an entry: an offset on a cluster, or 0 for "not allocated". Flags around it do not matter here. */
function readOffset(table: Buffer, at: number, header: Qcow2Header, level: 'L1' | 'L2'): number {
  const high = table.readUInt32BE(at) & 0x00ffffff;
  const low = (table.readUInt32BE(at + 4) & 0xfffffe00) >>> 0;
  if (level === 'L2' && header.version === 2) refuseZeroFlag(table, at);
  if ((low & (header.clusterSizeBytes - 1)) !== 0) {
    fail(
      'corrupt-table',
      `entry ${at / 8} of an ${level} table points to byte ${high * highWord + low}, not on a cluster`,
    );
  }
  return high * highWord + low;
}

function isZeroCluster(table: Buffer, at: number, { version }: Qcow2Header): boolean {
  return version === 3 && ((table[at + 7] ?? 0) & 1) !== 0;
}

function refuseZeroFlag(table: Buffer, at: number): void {
  if (((table[at + 7] ?? 0) & 1) === 0) return;
  fail('corrupt-table', `entry ${at / 8} of an L2 table marks a cluster of zeros, which version 2 does not have`);
}

/**
 * A compressed cluster's entry: the offset takes the low 70 − cluster_bits bits, byte for byte; above it stands the
 * number of further sectors of 512 bytes after the one the offset lies in.
 */
function readDeflated(table: Buffer, at: number, guest: number, header: Qcow2Header): DeflatedExtent {
  const highBits = 38 - Math.log2(header.clusterSizeBytes);
  const high = table.readUInt32BE(at) & 0x3fffffff;
  const host = (high & (2 ** highBits - 1)) * highWord + table.readUInt32BE(at + 4);
  const furtherSectors = high >>> highBits;
  return { kind: 'deflated', host, length: (furtherSectors + 1) * 512 - (host % 512), guest };
}
