import { crc32c } from '../inspect/formats/crc32c';

const kib = 1024;
const mib = 1024 * kib;

/** Fields a spec may set; the rest is what Hyper-V would write. Offsets and lengths in bytes. */
export interface VhdxSpec {
  diskSize?: bigint;
  /** How many bytes the item that holds the size has, instead of eight. */
  diskSizeBytes?: number;
  blockSize?: number;
  hasParent?: boolean;
  logicalSectorSize?: number;
  physicalSectorSize?: number;
  /** Number of regions the table claims. */
  regionCount?: number;
  metadataOffset?: bigint;
  metadataCount?: number;
  /** Damages what has that name, after its checksum was made. */
  damage?: 'headers' | 'region-table' | 'metadata-signature';
  /** Further entries of the tables: an id, where, how long, flags. */
  regions?: readonly TableEntry[];
  items?: readonly TableEntry[];
  /** The first entries of the table of blocks. */
  blocks?: readonly bigint[];
  /** The table of blocks in front of the metadata. */
  tableFirst?: boolean;
}

interface TableEntry {
  id: string;
  offset: bigint;
  length: number;
  flags: number;
}

export const diskSizeId = '2fa54224-cd1b-4876-b211-5dbed83bf4b8';
export const parentLocatorId = 'a8d35f2d-b30b-454d-abf7-d3d84834ab0c';

/** A disk of 8 MiB: headers, regions, then metadata at 2 MiB, the table of blocks at 3 MiB, and room for its blocks. */
export function buildVhdx(spec: VhdxSpec = {}): Buffer {
  const { damage } = spec;
  const file = Buffer.alloc((4 + (spec.blocks?.length ?? 0)) * mib);
  file.write('vhdxfile', 0);
  for (const [index, at] of [64 * kib, 128 * kib].entries()) {
    sealedHeader(index + 1).copy(file, at);
    if (damage === 'headers') file.writeUInt8(0xee, at + 100);
  }
  const [tableAt, metadataAt] = spec.tableFirst ? [2 * mib, 3 * mib] : [3 * mib, 2 * mib];
  const metadataOffset = spec.metadataOffset ?? BigInt(metadataAt);
  const regions: TableEntry[] = [
    { id: '2dc27766-f623-4200-9d64-115e9bfd4a08', offset: BigInt(tableAt), length: mib, flags: 1 },
    { id: '8b7ca206-4790-4b9a-b8fe-575f050f886e', offset: metadataOffset, length: mib, flags: 1 },
    ...(spec.regions ?? []),
  ];
  for (const at of [192 * kib, 256 * kib]) {
    sealedRegionTable(regions, spec.regionCount ?? regions.length).copy(file, at);
    if (damage === 'region-table') file.writeUInt8(0xee, at + 1000);
  }
  if (metadataOffset === BigInt(metadataAt)) writeMetadata(file.subarray(metadataAt, metadataAt + mib), spec);
  spec.blocks?.forEach((entry, index) => file.writeBigUInt64LE(entry, tableAt + index * 8));
  return file;
}

function sealedHeader(sequence: number): Buffer {
  const header = Buffer.alloc(4 * kib);
  header.write('head', 0);
  header.writeBigUInt64LE(BigInt(sequence), 8);
  header.fill(0x21, 16, 48);
  header.writeUInt16LE(1, 66);
  header.writeUInt32LE(mib, 68);
  header.writeBigUInt64LE(BigInt(mib), 72);
  return sealed(header);
}

function sealedRegionTable(regions: readonly TableEntry[], count: number): Buffer {
  const table = Buffer.alloc(64 * kib);
  table.write('regi', 0);
  table.writeUInt32LE(count, 8);
  for (const [index, { id, offset, length, flags }] of regions.entries()) {
    const at = 16 + 32 * index;
    guid(id).copy(table, at);
    table.writeBigUInt64LE(offset, at + 16);
    table.writeUInt32LE(length, at + 24);
    table.writeUInt32LE(flags, at + 28);
  }
  return sealed(table);
}

function writeMetadata(region: Buffer, spec: VhdxSpec): void {
  const items = [
    { id: 'caa16737-fa36-4d43-b3b6-33f0aa44e76b', bytes: words32(spec.blockSize ?? 8 * mib, spec.hasParent ? 2 : 0) },
    { id: diskSizeId, bytes: word64(spec.diskSize ?? BigInt(8 * mib)).subarray(0, spec.diskSizeBytes) },
    { id: 'beca12ab-b2e6-4523-93ef-c309e000c746', bytes: Buffer.alloc(16, 0x33) },
    { id: '8141bf1d-a96f-4709-ba47-f233a8faab5f', bytes: words32(spec.logicalSectorSize ?? 512) },
    { id: 'cda348c7-445d-4471-9cc9-e9885251c556', bytes: words32(spec.physicalSectorSize ?? 4096) },
  ];
  region.write(spec.damage === 'metadata-signature' ? 'METADATA' : 'metadata', 0);
  region.writeUInt16LE(spec.metadataCount ?? items.length + (spec.items?.length ?? 0), 10);
  let at = 64 * kib;
  const entries: TableEntry[] = [...(spec.items ?? [])];
  // Not in the order of the table, as nothing demands that.
  for (const { id, bytes } of items.reverse()) {
    bytes.copy(region, at);
    entries.unshift({ id, offset: BigInt(at), length: bytes.length, flags: 4 });
    at += bytes.length;
  }
  for (const [index, { id, offset, length, flags }] of entries.entries()) {
    guid(id).copy(region, 32 + 32 * index);
    region.writeUInt32LE(Number(offset), 32 + 32 * index + 16);
    region.writeUInt32LE(length, 32 + 32 * index + 20);
    region.writeUInt32LE(flags, 32 + 32 * index + 24);
  }
}

function sealed(bytes: Buffer): Buffer {
  bytes.writeUInt32LE(crc32c(bytes), 4);
  return bytes;
}

function words32(...values: readonly number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}

function word64(value: bigint): Buffer {
  return Buffer.from(BigUint64Array.of(value).buffer);
}

/** The first three groups are numbers with their last byte first. */
function guid(text: string): Buffer {
  const [a = '', b = '', c = '', ...rest] = text.split('-');
  const turned = [a, b, c].map((group) => Buffer.from(group, 'hex').reverse());
  return Buffer.concat([...turned, Buffer.from(rest.join(''), 'hex')]);
}
