const mib = 1024 * 1024;

/** Header fields a spec may set. */
export interface VdiSpec {
  version?: number;
  headerSize?: number;
  imageType?: number;
  tableOffset?: number;
  dataOffset?: number;
  sectorSize?: number;
  diskSize?: bigint;
  blockSize?: number;
  blocks?: number;
  blocksAllocated?: number;
  parent?: Buffer;
  /** The table's first entries; the others are blocks that are not there. */
  table?: readonly number[];
}

/** A dynamic disk of 8 MiB with nothing in it, or what the spec makes of it. */
export function buildVdi(spec: VdiSpec = {}): Buffer {
  const { tableOffset = 512, diskSize = BigInt(8 * mib), blocks = Math.ceil(Number(diskSize) / mib) } = spec;
  const { dataOffset = 1024, blocksAllocated = 0 } = spec;
  const file = Buffer.alloc(Math.max(1024, dataOffset) + Math.min(blocksAllocated, 4) * mib);
  file.write('<<< Oracle VM VirtualBox Disk Image >>>\n', 0);
  file.writeUInt32LE(0xbeda107f, 0x40);
  file.writeUInt32LE(spec.version ?? 0x10001, 0x44);
  file.writeUInt32LE(spec.headerSize ?? 0x190, 0x48);
  file.writeUInt32LE(spec.imageType ?? 1, 0x4c);
  file.writeUInt32LE(tableOffset, 0x154);
  file.writeUInt32LE(dataOffset, 0x158);
  file.writeUInt32LE(spec.sectorSize ?? 512, 0x168);
  file.writeBigUInt64LE(diskSize, 0x170);
  file.writeUInt32LE(spec.blockSize ?? mib, 0x178);
  file.writeUInt32LE(blocks, 0x180);
  file.writeUInt32LE(blocksAllocated, 0x184);
  file.fill(0x11, 0x188, 0x198);
  spec.parent?.copy(file, 0x1b8);
  if (tableOffset === 512) file.fill(0xff, 512, Math.min(file.length, 512 + blocks * 4, 1024));
  spec.table?.forEach((block, index) => file.writeUInt32LE(block, tableOffset + index * 4));
  return file;
}
