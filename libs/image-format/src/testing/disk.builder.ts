/** Bytes to set: where, and text (as Latin-1) or numbers. */
export type Mark = readonly [number, string | readonly number[]];

/** A file of zeros with some bytes set; 40 KiB unless told, which is more than all signatures look at. */
export function buildDisk(marks: readonly Mark[] = [], sizeBytes = 40_960): Buffer {
  const disk = Buffer.alloc(sizeBytes);
  for (const [at, mark] of marks)
    (typeof mark === 'string' ? Buffer.from(mark, 'latin1') : Buffer.from(mark)).copy(disk, at);
  return disk;
}

/** An entry of a partition table: boot flag, first sector by geometry (head, sector, cylinder), type, last sector, first sector, length. */
function entry(number: number, { flag = 0, chs = [0, 2, 0], type = 0x83, lba = 1 }): Mark {
  const words = Buffer.alloc(8);
  words.writeUInt32LE(lba);
  words.writeUInt32LE(64, 4);
  return [446 + 16 * (number - 1), [flag, ...chs, type, 0xff, 0xff, 0xff, ...words]];
}

export const bootSignature: Mark = [510, [0x55, 0xaa]];
export const linuxPartition = entry(1, { flag: 0x80, chs: [1, 1, 0], lba: 2048 });
export const secondPartition = entry(2, { chs: [1, 1, 0], lba: 4096 });
export const protectiveEntry = entry(1, { type: 0xee });
export const misplacedProtectiveEntry = entry(1, { type: 0xee, lba: 2 });
/** The fields of a FAT boot sector that tell it from a partition table: two allocation tables, a fixed disk. */
export const fatFields: readonly Mark[] = [
  [16, [2]],
  [21, [0xf8]],
];
