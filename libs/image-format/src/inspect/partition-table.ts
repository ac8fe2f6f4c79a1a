/** How a raw disk is divided. A partitioned disk is still a raw disk. */
export type PartitionTable = 'gpt' | 'mbr';

const protectiveType = 0xee;

interface PartitionEntry {
  readonly bootFlag: number;
  readonly startChs: readonly [number, number, number];
  readonly type: number;
  readonly startLba: number;
}

/**
 * The partition table in the first sector, or undefined when there is none or it makes no sense.
 * A FAT boot sector ends in the same two bytes and is not taken for one.
 *
 * @param sector at least the file's first 512 bytes, or all of a shorter file
 */
export function findPartitionTable(sector: Buffer): PartitionTable | undefined {
  if (sector.length < 512 || sector.readUInt16LE(510) !== 0xaa55 || isFatBootSector(sector)) return undefined;
  const entries = [0, 1, 2, 3].map((index) => readEntry(sector, 446 + 16 * index));
  if (entries.some((entry) => entry.bootFlag !== 0 && entry.bootFlag !== 0x80)) return undefined;
  const used = entries.filter((entry) => entry.type !== 0);
  if (used.length === 0) return undefined;
  if (!used.some((entry) => entry.type === protectiveType)) return 'mbr';
  return used.length === 1 && used.every(isProtective) ? 'gpt' : undefined;
}

/** Two copies of the allocation table, on a fixed disk. */
function isFatBootSector(sector: Buffer): boolean {
  return sector[16] === 2 && sector[21] === 0xf8;
}

function readEntry(sector: Buffer, at: number): PartitionEntry {
  return {
    bootFlag: sector.readUInt8(at),
    startChs: [sector.readUInt8(at + 1), sector.readUInt8(at + 2), sector.readUInt8(at + 3)],
    type: sector.readUInt8(at + 4),
    startLba: sector.readUInt32LE(at + 8),
  };
}

/** The entry that tells a tool without GPT to keep its hands off: it starts at cylinder 0, head 0, sector 2. */
function isProtective({ startChs: [head, sector, cylinder], startLba }: PartitionEntry): boolean {
  return head === 0 && sector === 2 && cylinder === 0 && startLba === 1;
}
