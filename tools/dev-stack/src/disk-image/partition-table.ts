/** A partition of a table in the first sector. */
export interface Partition {
  readonly startSector: number;
  readonly sectors: number;
  /** What the table calls the kind of its content, such as 0x0e for FAT16. */
  readonly type: number;
  /** Whether the boot code starts this one. */
  readonly isActive?: boolean;
}

const bootCodeBytesMax = 440;
const tableOffset = 446;
const entryBytes = 16;
/** "Look at the sector numbers": what stands for a cylinder, head and sector when the disk is addressed by sectors alone. */
const beyondCylinders = [0xfe, 0xff, 0xff];

/**
 * The first sector of a disk: boot code, an id, and a table of at most four partitions ("MBR").
 * @throws RangeError when something does not fit.
 */
export function masterBootRecord({
  bootCode,
  diskId,
  partitions,
}: {
  readonly bootCode: Buffer;
  readonly diskId: number;
  readonly partitions: readonly Partition[];
}): Buffer {
  if (bootCode.length > bootCodeBytesMax) {
    throw new RangeError(`the boot code has ${bootCode.length} bytes, more than the ${bootCodeBytesMax} it may have`);
  }
  if (partitions.length > 4) throw new RangeError(`${partitions.length} partitions do not fit; at most 4`);
  const sector = Buffer.alloc(512);
  bootCode.copy(sector);
  sector.writeUInt32LE(diskId, bootCodeBytesMax);
  partitions.forEach(({ startSector, sectors, type, isActive }, index) => {
    const at = tableOffset + index * entryBytes;
    sector.set([isActive ? 0x80 : 0, ...beyondCylinders, type, ...beyondCylinders], at);
    sector.writeUInt32LE(startSector, at + 8);
    sector.writeUInt32LE(sectors, at + 12);
  });
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
