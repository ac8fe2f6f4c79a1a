import type { Check } from '../failed-check';
import { holds, isCountable, isPowerOfTwo } from './bytes';
import { footerBytes, hasRightChecksum, type VhdFooter } from './vhd.footer';

export const dynamicHeaderBytes = 1024;

const cookie = 'cxsparse';
const checksumAt = 36;
const blockEntriesMax = 0x1fff_ffff;
/** Eight places for the names of a parent, of 24 bytes each. */
const parentLocators = { at: 576, until: 576 + 8 * 24 };

export interface DynamicHeader {
  readonly hasCookie: boolean;
  readonly checksumIsRight: boolean;
  readonly tableOffset: bigint;
  readonly blocks: number;
  readonly blockSize: number;
  readonly namesParent: boolean;
  readonly virtualSizeBytes: number;
}

export function readDynamicHeader(header: Buffer, { virtualSizeBytes }: VhdFooter): DynamicHeader {
  return {
    hasCookie: holds(header, 0, cookie),
    checksumIsRight: hasRightChecksum(header, checksumAt),
    tableOffset: header.readBigUInt64BE(16),
    blocks: header.readUInt32BE(28),
    blockSize: header.readUInt32BE(32),
    namesParent: header.subarray(parentLocators.at, parentLocators.until).some((byte) => byte !== 0),
    virtualSizeBytes,
  };
}

/** Where its table of blocks ends, in bytes of the file. */
export function blockTableEnd({ tableOffset, blocks }: DynamicHeader): number {
  return Number(tableOffset) + blocks * 4;
}

/** The rules for the header of a dynamic disk; its footer has been checked. The bounds are those of QEMU's reader. */
export const checkDynamicHeader: readonly Check<DynamicHeader>[] = [
  ['dynamic-header', ({ hasCookie }) => (hasCookie ? undefined : 'the footer names a header that is none')],
  ['header-checksum', ({ checksumIsRight }) => (checksumIsRight ? undefined : 'the checksum of its header is wrong')],
  [
    'backing-file',
    ({ namesParent }) => (namesParent ? 'the header names another image as the one it builds on' : undefined),
  ],
  ['block-size', checkBlockSize],
  ['block-table', checkBlockTable],
];

function checkBlockSize({ blockSize }: DynamicHeader): string | undefined {
  return isPowerOfTwo(blockSize) && blockSize >= 512 ? undefined : `blocks of ${blockSize} bytes are not possible`;
}

function checkBlockTable({ tableOffset, blocks, blockSize, virtualSizeBytes }: DynamicHeader): string | undefined {
  if (tableOffset < BigInt(footerBytes) || !isCountable(tableOffset)) {
    return `its table of blocks cannot lie at byte ${tableOffset}`;
  }
  if (blocks > blockEntriesMax) return `its table of ${blocks} blocks is too large`;
  if (blocks * blockSize >= virtualSizeBytes) return undefined;
  return `its table has ${blocks} blocks of ${blockSize} bytes, too few for a disk of ${virtualSizeBytes}`;
}
