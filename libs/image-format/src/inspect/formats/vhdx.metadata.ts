import type { Stretch } from '../asking';
import type { Check } from '../failed-check';
import { holds, isPowerOfTwo, readGuid } from './bytes';

const mib = 1024 * 1024;
const tib = 1024n ** 4n;
const entryBytes = 32;
const entriesMax = 2047;

/** The table at the beginning of the region; the items it names lie behind it. */
export const tableBytes = 64 * 1024;

/** The items every file has, in the order in which they are read, with the bytes of each. */
const items = {
  fileParameters: { id: 'caa16737-fa36-4d43-b3b6-33f0aa44e76b', length: 8 },
  diskSize: { id: '2fa54224-cd1b-4876-b211-5dbed83bf4b8', length: 8 },
  diskId: { id: 'beca12ab-b2e6-4523-93ef-c309e000c746', length: 16 },
  logicalSectorSize: { id: '8141bf1d-a96f-4709-ba47-f233a8faab5f', length: 4 },
  physicalSectorSize: { id: 'cda348c7-445d-4471-9cc9-e9885251c556', length: 4 },
} as const;
const parentLocator = 'a8d35f2d-b30b-454d-abf7-d3d84834ab0c';

interface Entry extends Stretch {
  readonly id: string;
  readonly required: boolean;
}

interface MetadataTable {
  readonly region: Stretch;
  readonly isTable: boolean;
  readonly count: number;
  readonly entries: readonly Entry[];
}

/** @param table the first `tableBytes` bytes of the region */
export function readMetadataTable(table: Buffer, region: Stretch): MetadataTable {
  const count = table.readUInt16LE(10);
  const entries = Array.from({ length: Math.min(count, entriesMax) }, (_, index) => {
    const at = entryBytes * (index + 1);
    return {
      id: readGuid(table, at),
      offset: table.readUInt32LE(at + 16),
      length: table.readUInt32LE(at + 20),
      required: (table.readUInt32LE(at + 24) & 4) !== 0,
    };
  });
  return { region, isTable: holds(table, 0, 'metadata'), count, entries };
}

/** The rules for the table; items are read only where all of them pass. */
export const checkMetadataTable: readonly Check<MetadataTable>[] = [
  ['metadata-table', checkTable],
  ['backing-file', checkParent],
  ['unknown-feature', checkKnown],
];

function checkTable({ isTable, count, entries, region }: MetadataTable): string | undefined {
  if (!isTable) return 'where its metadata should be there is none';
  if (count > entriesMax) return `its table of metadata has ${count} entries; ${entriesMax} are possible`;
  for (const [name, { id, length }] of Object.entries(items)) {
    const found = entries.filter((entry) => entry.id === id);
    if (found.length !== 1) return `its table of metadata names ${found.length} of one ${name}`;
    if (found[0]?.length !== length) return `its ${name} has ${found[0]?.length} bytes, not ${length}`;
  }
  const misplaced = entries.find((entry) => entry.length > 0 && !isWellPlaced(entry, region));
  return misplaced && `an item of ${misplaced.length} bytes cannot lie at byte ${misplaced.offset} of the metadata`;
}

function isWellPlaced({ offset, length }: Stretch, region: Stretch): boolean {
  return offset >= tableBytes && offset + length <= region.length;
}

function checkParent({ entries }: MetadataTable): string | undefined {
  return entries.some(({ id }) => id === parentLocator) ? 'the image names another as the one it builds on' : undefined;
}

function checkKnown({ entries }: MetadataTable): string | undefined {
  const known: readonly string[] = [parentLocator, ...Object.values(items).map(({ id }) => id)];
  const unknown = entries.find(({ id, required }) => required && !known.includes(id));
  return unknown && `the image needs metadata this reader does not know (${unknown.id})`;
}

/** Where the items lie in the file, in the order that `readItems` takes. */
export function itemStretches({ entries, region }: MetadataTable): Stretch[] {
  return Object.values(items).map(({ id, length }) => {
    const offset = entries.find((entry) => entry.id === id)?.offset ?? tableBytes;
    return { offset: region.offset + offset, length };
  });
}

interface Items {
  readonly blockSize: number;
  readonly hasParent: boolean;
  readonly diskSize: bigint;
  readonly logicalSectorSize: number;
  readonly physicalSectorSize: number;
  readonly blockTable: Stretch;
}

export function readItems(bytes: readonly Buffer[], blockTable: Stretch): Items {
  const [fileParameters, diskSize, , logical, physical] = bytes as [Buffer, Buffer, Buffer, Buffer, Buffer];
  return {
    blockSize: fileParameters.readUInt32LE(0),
    hasParent: (fileParameters.readUInt32LE(4) & 2) !== 0,
    diskSize: diskSize.readBigUInt64LE(0),
    logicalSectorSize: logical.readUInt32LE(0),
    physicalSectorSize: physical.readUInt32LE(0),
    blockTable,
  };
}

export const checkItems: readonly Check<Items>[] = [
  ['backing-file', ({ hasParent }) => (hasParent ? 'the image holds only the differences to another' : undefined)],
  ['sector-size', checkSectorSizes],
  ['block-size', checkBlockSize],
  ['virtual-size', checkDiskSize],
  ['block-table', checkBlockTable],
];

/** Disks of 4 KiB sectors are valid, but QEMU does not read them. */
function checkSectorSizes({ logicalSectorSize, physicalSectorSize }: Items): string | undefined {
  if (logicalSectorSize !== 512)
    return `a disk with sectors of ${logicalSectorSize} bytes cannot be read; 512 are possible`;
  if (physicalSectorSize === 512 || physicalSectorSize === 4096) return undefined;
  return `physical sectors of ${physicalSectorSize} bytes are not possible; 512 and 4096 are`;
}

function checkBlockSize({ blockSize }: Items): string | undefined {
  return isPowerOfTwo(blockSize) && blockSize >= mib && blockSize <= 256 * mib
    ? undefined
    : `blocks of ${blockSize} bytes are not possible; 1 MiB to 256 MiB are`;
}

function checkDiskSize({ diskSize }: Items): string | undefined {
  return diskSize > 0n && diskSize <= 64n * tib && diskSize % 512n === 0n
    ? undefined
    : `a disk of ${diskSize} bytes is not possible; a VHDX has whole sectors of 512 bytes and at most 64 TiB`;
}

/**
 * How many entries of the table of blocks the disk needs. Beside the entry of each block the table has one for each 8 MiB of sectors (2^23
 * of them), which only differencing disks use.
 */
export function blockEntries({ blockSize, diskSize, logicalSectorSize }: Items): number {
  const blocks = Math.ceil(Number(diskSize) / blockSize);
  const blocksPerBitmap = (2 ** 23 * logicalSectorSize) / blockSize;
  return blocks + Math.floor(Math.max(0, blocks - 1) / blocksPerBitmap);
}

function checkBlockTable(found: Items): string | undefined {
  const { blockSize, blockTable } = found;
  if (blockSize === 0) return undefined;
  const entries = blockEntries(found);
  return entries * 8 <= blockTable.length
    ? undefined
    : `its table of blocks has room for ${blockTable.length / 8} entries; the disk needs ${entries}`;
}
