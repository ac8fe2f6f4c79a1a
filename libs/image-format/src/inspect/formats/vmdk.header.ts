import type { Check } from '../failed-check';
import { isPowerOfTwo } from './bytes';
import { descriptorAt } from './vmdk.descriptor';

export const sectorBytes = 512;
export const signature = 'KDMV';

const descriptorBytesMax = 1024 * 1024 - 1;
/** In place of the grain directory's sector: the directory comes last, and a footer says where. */
const atEnd = 0xffff_ffff_ffff_ffffn;
const flag = { compressed: 0x1_0000 };
const grainSectorsMax = 0x20_0000n;
const tableEntriesMax = 512;
const directoryEntriesMax = 32n * 1024n * 1024n;
const sectorsCountable = BigInt(Math.floor(Number.MAX_SAFE_INTEGER / sectorBytes));

/** The header of a sparse extent. Places and lengths in sectors, as they stand in the file. */
export interface VmdkHeader {
  readonly version: number;
  readonly flags: number;
  readonly capacity: bigint;
  readonly grainSectors: bigint;
  readonly descriptorSector: bigint;
  readonly descriptorSectors: bigint;
  readonly entriesOfTable: number;
  readonly directorySector: bigint;
  /** Where the grains begin: all metadata lies before. */
  readonly grainOffset: bigint;
  readonly compression: number;
  /** How many bytes of the descriptor there are to read: at most 1 MiB less one, as QEMU. */
  readonly descriptorBytes: number;
}

export function readHeader(sector: Buffer): VmdkHeader {
  const descriptorSectors = sector.readBigUInt64LE(36);
  return {
    version: sector.readUInt32LE(4),
    flags: sector.readUInt32LE(8),
    capacity: sector.readBigUInt64LE(12),
    grainSectors: sector.readBigUInt64LE(20),
    descriptorSector: sector.readBigUInt64LE(28),
    descriptorSectors,
    entriesOfTable: sector.readUInt32LE(44),
    directorySector: sector.readBigUInt64LE(56),
    grainOffset: sector.readBigUInt64LE(64),
    compression: sector.readUInt16LE(77),
    descriptorBytes: Math.min(Number(descriptorSectors) * sectorBytes, descriptorBytesMax),
  };
}

export function isAtEnd({ directorySector }: VmdkHeader): boolean {
  return directorySector === atEnd;
}

/** Whether grains may be compressed. */
export function isCompressed({ flags, compression }: VmdkHeader): boolean {
  return (flags & flag.compressed) !== 0 || compression !== 0;
}

/** Where its grain directory ends, in bytes of the file. */
export function grainDirectoryEnd(header: VmdkHeader): number {
  return Number(header.directorySector) * sectorBytes + Number(directoryEntries(header)) * 4;
}

function directoryEntries({ capacity, grainSectors, entriesOfTable }: VmdkHeader): bigint {
  const sectorsOfTable = grainSectors * BigInt(entriesOfTable);
  return (capacity + sectorsOfTable - 1n) / sectorsOfTable;
}

/** The rules for the header; the bounds are those of QEMU's reader. */
export const checkHeader: readonly Check<VmdkHeader>[] = [
  [
    'version',
    ({ version }) =>
      version >= 1 && version <= 3 ? undefined : `the file is VMDK version ${version}; 1 to 3 are accepted`,
  ],
  ['descriptor-location', checkDescriptorPlace],
  ['virtual-size', checkCapacity],
  ['grain-directory', checkGrains],
  ['compression-type', ({ compression }) => (compression <= 1 ? undefined : `compression ${compression} is unknown`)],
];

function checkDescriptorPlace({ descriptorSector, descriptorSectors }: VmdkHeader): string | undefined {
  if (descriptorSector * BigInt(sectorBytes) !== BigInt(descriptorAt)) {
    return `its descriptor lies in sector ${descriptorSector}; only the one behind the header is possible`;
  }
  return descriptorSectors > 0n && descriptorSectors <= BigInt(Math.ceil(descriptorBytesMax / sectorBytes))
    ? undefined
    : `a descriptor of ${descriptorSectors} sectors is not possible`;
}

/** With no sectors of its own a file is opened by the names in its descriptor. */
function checkCapacity({ capacity }: VmdkHeader): string | undefined {
  return capacity > 0n && capacity <= sectorsCountable ? undefined : `a disk of ${capacity} sectors is not possible`;
}

function checkGrains(header: VmdkHeader): string | undefined {
  const { grainSectors, entriesOfTable, directorySector } = header;
  if (grainSectors > grainSectorsMax || !isPowerOfTwo(Number(grainSectors)))
    return `grains of ${grainSectors} sectors are not possible`;
  if (entriesOfTable < 1 || entriesOfTable > tableEntriesMax)
    return `grain tables of ${entriesOfTable} entries are not possible`;
  if (directoryEntries(header) > directoryEntriesMax) return 'its grain directory is too large';
  const isThere = isAtEnd(header) || (directorySector > 0n && directorySector <= sectorsCountable);
  return isThere ? undefined : `its grain directory cannot lie in sector ${directorySector}`;
}
