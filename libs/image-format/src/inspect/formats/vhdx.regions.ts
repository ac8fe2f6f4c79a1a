import type { Stretch } from '../asking';
import type { Check } from '../failed-check';
import { holds, isCountable, readGuid } from './bytes';
import { hasRightChecksum } from './vhdx.headers';

const mib = 1024 * 1024;
const headerBytes = 16;
const entryBytes = 32;
const entriesMax = 2047;

/** There is a second table behind this one; QEMU reads the first, and so do these rules. */
export const regionTable: Stretch = { offset: 192 * 1024, length: 64 * 1024 };

const ids = {
  blockTable: '2dc27766-f623-4200-9d64-115e9bfd4a08',
  metadata: '8b7ca206-4790-4b9a-b8fe-575f050f886e',
};

interface Region {
  readonly id: string;
  readonly offset: bigint;
  readonly length: number;
  /** A reader that does not know the region must leave the file alone. */
  readonly required: boolean;
}

interface RegionTable {
  readonly isTable: boolean;
  readonly entries: number;
  readonly regions: readonly Region[];
  /** Undefined where the table does not name it at a place that can be counted with. */
  readonly blockTable: Stretch | undefined;
  readonly metadata: Stretch | undefined;
}

export function readRegionTable(table: Buffer): RegionTable {
  const entries = table.readUInt32LE(8);
  const regions = Array.from({ length: Math.min(entries, entriesMax) }, (_, index) => readEntry(table, index));
  return {
    isTable: holds(table, 0, 'regi') && hasRightChecksum(table),
    entries,
    regions,
    blockTable: find(regions, ids.blockTable),
    metadata: find(regions, ids.metadata),
  };
}

function readEntry(table: Buffer, index: number): Region {
  const at = headerBytes + index * entryBytes;
  return {
    id: readGuid(table, at),
    offset: table.readBigUInt64LE(at + 16),
    length: table.readUInt32LE(at + 24),
    required: (table.readUInt32LE(at + 28) & 1) !== 0,
  };
}

function find(regions: readonly Region[], id: string): Stretch | undefined {
  const region = regions.find((candidate) => candidate.id === id);
  return region && isCountable(region.offset) ? { offset: Number(region.offset), length: region.length } : undefined;
}

export const checkRegions: readonly Check<RegionTable>[] = [
  ['region-table', checkTable],
  ['unknown-feature', checkKnown],
];

function checkTable({ isTable, entries, regions }: RegionTable): string | undefined {
  if (!isTable) return 'its table of regions is damaged';
  if (entries > entriesMax) return `its table of regions has ${entries} entries; ${entriesMax} are possible`;
  for (const [name, id] of [
    ['table of blocks', ids.blockTable] as const,
    ['region of metadata', ids.metadata] as const,
  ]) {
    const count = regions.filter((region) => region.id === id).length;
    if (count !== 1) return `its table of regions names ${count} of one ${name}`;
  }
  const misplaced = regions.find((region) => !isWellPlaced(region));
  if (misplaced) return `a region of ${misplaced.length} bytes cannot lie at byte ${misplaced.offset}`;
  const ordered = [...regions].sort((a, b) => (a.offset < b.offset ? -1 : 1));
  const overlapping = ordered.find((region, index) => {
    const before = ordered[index - 1];
    return before !== undefined && before.offset + BigInt(before.length) > region.offset;
  });
  return overlapping && `the region at byte ${overlapping.offset} lies over the one before it`;
}

/** Regions are whole mebibytes, and the first one belongs to the headers. */
function isWellPlaced({ offset, length }: Region): boolean {
  const unit = BigInt(mib);
  return (
    offset >= unit && offset % unit === 0n && length > 0 && length % mib === 0 && isCountable(offset + BigInt(length))
  );
}

function checkKnown({ regions }: RegionTable): string | undefined {
  const unknown = regions.find(({ id, required }) => required && !Object.values(ids).includes(id));
  return unknown && `the image needs a region this reader does not know (${unknown.id})`;
}
