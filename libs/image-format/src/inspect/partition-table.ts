import { type Check, type FailedCheck, failedChecks } from './failed-check';

/** How a raw disk is divided. A partitioned disk is still a raw disk. */
export type PartitionTable = 'gpt' | 'mbr';

const protectiveType = 0xee;

interface PartitionEntry {
  readonly number: number;
  readonly bootFlag: number;
  readonly startChs: readonly [number, number, number];
  readonly type: number;
  readonly startLba: number;
}

/**
 * Whether the first sector ends as one with a partition table does. A FAT boot sector ends in the same two bytes and is not taken for one.
 *
 * @param prefix at least the file's first 512 bytes, or all of a shorter file
 */
export function hasPartitionTable(prefix: Buffer): boolean {
  return prefix.length >= 512 && prefix.readUInt16LE(510) === 0xaa55 && !isFatBootSector(prefix);
}

/** The table behind that signature, and every rule that it breaks. A GPT begins with a table whose one entry covers the disk. */
export function readPartitionTable(sector: Buffer): { table: PartitionTable; failures: FailedCheck[] } {
  const entries = [0, 1, 2, 3].map((index) => readEntry(sector, index));
  return { table: entries.some(isGptEntry) ? 'gpt' : 'mbr', failures: failedChecks(checks, entries) };
}

const checks: readonly Check<readonly PartitionEntry[]>[] = [
  ['mbr-boot-flag', checkBootFlags],
  ['mbr-protective-entry', checkProtectiveEntry],
  ['mbr-no-partition', checkUsed],
];

function checkBootFlags(entries: readonly PartitionEntry[]): string | undefined {
  const wrong = entries.find(({ bootFlag }) => bootFlag !== 0 && bootFlag !== 0x80);
  return (
    wrong && `partition ${wrong.number} has the boot flag 0x${wrong.bootFlag.toString(16)}; 0x0 and 0x80 are possible`
  );
}

/** The entry that tells a tool without GPT to keep its hands off starts at cylinder 0, head 0, sector 2, and stands alone. */
function checkProtectiveEntry(entries: readonly PartitionEntry[]): string | undefined {
  const entry = entries.find(isGptEntry);
  if (!entry) return undefined;
  const [head, sector, cylinder] = entry.startChs;
  if (head !== 0 || sector !== 2 || cylinder !== 0 || entry.startLba !== 1) {
    return `partition ${entry.number} protects a GPT, but does not start in the second sector`;
  }
  const other = entries.find((candidate) => candidate !== entry && candidate.type !== 0);
  return other && `partition ${other.number} stands beside the entry that protects a GPT`;
}

function checkUsed(entries: readonly PartitionEntry[]): string | undefined {
  return entries.every(({ type }) => type === 0) ? 'its partition table names no partition' : undefined;
}

const isGptEntry = ({ type }: PartitionEntry) => type === protectiveType;

/** Two copies of the allocation table, on a fixed disk. */
function isFatBootSector(sector: Buffer): boolean {
  return sector[16] === 2 && sector[21] === 0xf8;
}

function readEntry(sector: Buffer, index: number): PartitionEntry {
  const at = 446 + 16 * index;
  return {
    number: index + 1,
    bootFlag: sector.readUInt8(at),
    startChs: [sector.readUInt8(at + 1), sector.readUInt8(at + 2), sector.readUInt8(at + 3)],
    type: sector.readUInt8(at + 4),
    startLba: sector.readUInt32LE(at + 8),
  };
}
