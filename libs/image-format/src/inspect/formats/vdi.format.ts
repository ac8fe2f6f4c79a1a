import { type Asking, awaitEnd, read, scan } from '../asking';
import { type Check, failedChecks } from '../failed-check';
import { NumberSet } from '../number-set';
import { holds, roundUp } from './bytes';
import { type FormatRules, refuse } from './format-rules';
import { checkWithin } from './truncated';

const mib = 1024 * 1024;
const headerBytes = 512;
/** Where the length of the header is counted from, and what the shortest one of version 1.1 has. */
const headerSizeAt = 0x48;
const headerSizeMin = 0x180;
const imageTypes = { 1: 'dynamic', 2: 'static' } as const;

interface VdiHeader {
  readonly version: number;
  readonly headerSize: number;
  readonly imageType: number;
  readonly tableOffset: number;
  readonly dataOffset: number;
  readonly sectorSize: number;
  readonly diskSize: bigint;
  readonly blockSize: number;
  readonly blocks: number;
  readonly blocksAllocated: number;
  /** The ids of the image this one builds on, and of its snapshot: zeros where it stands alone. */
  readonly links: Buffer;
}

/** The format of VirtualBox: a header of one sector, a table of blocks, blocks of 1 MiB. The bounds are those of QEMU's reader. */
export const vdi: FormatRules = {
  matches: (prefix) => holds(prefix, 0x40, '\x7f\x10\xda\xbe'),

  *inspect() {
    const header = readHeader(yield* read(0, headerBytes));
    const failures = failedChecks(header.version === 0x10001 ? checks : [checkVersion], header);
    if (failures.length > 0) return refuse(...failures);
    const wrongBlock = yield* checkTable(header);
    if (wrongBlock) return refuse({ check: 'block-table', detail: wrongBlock });
    const { sizeBytes } = yield* awaitEnd();
    const { tableOffset, dataOffset, blocks, blocksAllocated, diskSize } = header;
    const table = { name: 'table of blocks', until: tableOffset + blocks * 4 };
    const data = { name: 'data', until: dataOffset + blocksAllocated * mib };
    failures.push(...checkWithin(sizeBytes, table, data));
    if (failures.length > 0) return refuse(...failures);
    // VirtualBox writes sizes that are no whole sectors; QEMU rounds them up.
    const virtualSizeBytes = roundUp(Number(diskSize), 512);
    return { failures, image: { format: 'vdi', virtualSizeBytes, qemuFormat: 'vdi' } };
  },
};

/** Entries from here on are no blocks: one is zeros, one is not there. */
const firstNoBlock = 0xffff_fffe;

/** Every block of the file belongs to one block of the disk at most. */
function checkTable({ tableOffset, blocks, blocksAllocated }: VdiHeader): Asking<string | undefined> {
  const seen = new NumberSet();
  return scan({ offset: tableOffset, length: blocks * 4 }, headerBytes, (piece) => {
    for (let at = 0; at < piece.length; at += 4) {
      const block = piece.readUInt32LE(at);
      if (block >= firstNoBlock) continue;
      if (block >= blocksAllocated) return `its table names block ${block} of the ${blocksAllocated} that are in use`;
      if (!seen.add(block)) return `its table names block ${block} more than once`;
    }
    return undefined;
  });
}

const checkVersion: Check<VdiHeader> = [
  'version',
  ({ version }) =>
    version === 0x10001
      ? undefined
      : `the file is VDI version ${version >>> 16}.${version & 0xffff}; only 1.1 is accepted`,
];

const checks: readonly Check<VdiHeader>[] = [
  ['image-type', checkImageType],
  [
    'backing-file',
    ({ links }) => (links.every((byte) => byte === 0) ? undefined : 'the image builds on another image'),
  ],
  ['header-length', checkLayout],
  [
    'sector-size',
    ({ sectorSize }) => (sectorSize === 512 ? undefined : `sectors of ${sectorSize} bytes are not possible`),
  ],
  [
    'block-size',
    ({ blockSize }) => (blockSize === mib ? undefined : `blocks of ${blockSize} bytes are not possible; 1 MiB is`),
  ],
  ['block-table', checkBlocks],
  ['virtual-size', checkVirtualSize],
];

function checkImageType({ imageType }: VdiHeader): string | undefined {
  return imageType in imageTypes
    ? undefined
    : `images of type ${imageType} cannot be read; 1 (dynamic) and 2 (static) can`;
}

function checkLayout({ headerSize, tableOffset, dataOffset, blocks }: VdiHeader): string | undefined {
  if (headerSize < headerSizeMin) return `the header says it has ${headerSize} bytes; it has at least ${headerSizeMin}`;
  if (tableOffset % 512 !== 0 || dataOffset % 512 !== 0) return 'its table of blocks or its data is not on a sector';
  if (tableOffset < headerSizeAt + headerSize) {
    return `its table of blocks at byte ${tableOffset} lies over the header`;
  }
  // This bounds the number of blocks, too.
  const tableEnd = tableOffset + blocks * 4;
  return dataOffset < tableEnd ? `its data at byte ${dataOffset} lies over its table of blocks` : undefined;
}

function checkBlocks({ blocks, blocksAllocated }: VdiHeader): string | undefined {
  return blocksAllocated > blocks ? `it says that ${blocksAllocated} of ${blocks} blocks are in use` : undefined;
}

function checkVirtualSize({ diskSize, blocks }: VdiHeader): string | undefined {
  const room = BigInt(blocks) * BigInt(mib);
  return diskSize <= room ? undefined : `a disk of ${diskSize} bytes does not fit its ${blocks} blocks of 1 MiB`;
}

function readHeader(header: Buffer): VdiHeader {
  return {
    version: header.readUInt32LE(0x44),
    headerSize: header.readUInt32LE(headerSizeAt),
    imageType: header.readUInt32LE(0x4c),
    tableOffset: header.readUInt32LE(0x154),
    dataOffset: header.readUInt32LE(0x158),
    sectorSize: header.readUInt32LE(0x168),
    diskSize: header.readBigUInt64LE(0x170),
    blockSize: header.readUInt32LE(0x178),
    blocks: header.readUInt32LE(0x180),
    blocksAllocated: header.readUInt32LE(0x184),
    links: header.subarray(0x1a8, 0x1c8),
  };
}
