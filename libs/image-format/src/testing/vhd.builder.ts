const mib = 1024 * 1024;

/** Fields a spec may set; the rest is what Hyper-V would write. */
export interface VhdSpec {
  diskType?: number;
  version?: number;
  creator?: string;
  currentSize?: bigint;
  /** Cylinders, heads, sectors of a track. */
  geometry?: readonly [number, number, number];
  dataOffset?: bigint;
  /** Of what the checksum is off by one. */
  wrongChecksum?: 'footer' | 'header';
  headerCookie?: string;
  tableOffset?: bigint;
  blocks?: number;
  blockSize?: number;
  parentLocator?: Buffer;
}

export function buildVhdFooter(spec: VhdSpec): Buffer {
  const { diskType = 3, currentSize = BigInt(8 * mib), geometry = [240, 4, 17] } = spec;
  const footer = Buffer.alloc(512);
  footer.write('conectix', 0);
  footer.writeUInt32BE(2, 8);
  footer.writeUInt32BE(spec.version ?? 0x10000, 12);
  footer.writeBigUInt64BE(spec.dataOffset ?? (diskType === 2 ? 0xffff_ffff_ffff_ffffn : 512n), 16);
  footer.write(spec.creator ?? 'win ', 28, 'latin1');
  footer.write('Wi2k', 36);
  footer.writeBigUInt64BE(currentSize, 40);
  footer.writeBigUInt64BE(currentSize, 48);
  footer.writeUInt16BE(geometry[0], 56);
  footer.writeUInt8(geometry[1], 58);
  footer.writeUInt8(geometry[2], 59);
  footer.writeUInt32BE(diskType, 60);
  footer.fill(0x77, 68, 84);
  footer.writeUInt32BE((checksum(footer) + (spec.wrongChecksum === 'footer' ? 1 : 0)) >>> 0, 64);
  return footer;
}

/** The disk's bytes, then the footer. */
export function buildFixedVhd(disk: Buffer, spec: VhdSpec = {}): Buffer {
  return Buffer.concat([disk, buildVhdFooter({ diskType: 2, currentSize: BigInt(disk.length), ...spec })]);
}

/** A dynamic disk of 8 MiB with nothing in it: footer, header, table of blocks, footer. */
export function buildDynamicVhd(spec: VhdSpec = {}): Buffer {
  const { currentSize = BigInt(8 * mib), blockSize = 2 * mib } = spec;
  const { blocks = Math.ceil(Number(currentSize) / Math.max(1, blockSize)) } = spec;
  const header = Buffer.alloc(1024);
  header.write(spec.headerCookie ?? 'cxsparse', 0);
  header.writeBigUInt64BE(0xffff_ffff_ffff_ffffn, 8);
  header.writeBigUInt64BE(spec.tableOffset ?? 1536n, 16);
  header.writeUInt32BE(0x10000, 24);
  header.writeUInt32BE(blocks, 28);
  header.writeUInt32BE(blockSize, 32);
  spec.parentLocator?.copy(header, 576);
  header.writeUInt32BE((checksum(header) + (spec.wrongChecksum === 'header' ? 1 : 0)) >>> 0, 36);
  const table = Buffer.alloc(Math.ceil(Math.min(blocks, 4096) / 128) * 512, 0xff);
  const footer = buildVhdFooter(spec);
  return Buffer.concat([footer, header, table, footer]);
}

function checksum(bytes: Buffer): number {
  return ~bytes.reduce((sum, byte) => sum + byte, 0) >>> 0;
}
