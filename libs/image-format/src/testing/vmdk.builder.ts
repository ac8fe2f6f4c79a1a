import { deflateSync } from 'node:zlib';

const sectorBytes = 512;
const grainSectors = 128;
const entriesOfTable = 512;
const atEnd = 0xffff_ffff_ffff_ffffn;
const markers = { grainTable: 1, grainDirectory: 2, footer: 3 };

/** Header fields a spec may set; places and lengths in sectors. */
export interface VmdkSpec {
  version?: number;
  capacity?: bigint;
  grainSectors?: bigint;
  descriptorSector?: bigint;
  descriptorSectors?: bigint;
  entriesOfTable?: number;
  directorySector?: bigint;
  compression?: number;
  createType?: string;
  extentLines?: readonly string[];
  parentCid?: string;
  /** Further lines of the descriptor. */
  lines?: readonly string[];
  /** The whole descriptor, in place of what the fields above make. */
  descriptor?: string | Buffer;
  /** Grains of the disk that hold data, by number, of 64 KiB each. */
  grains?: ReadonlyMap<number, Buffer>;
  /** Changes the finished file, given where its grain directory and its first grain table lie, in bytes. */
  change?: (file: Buffer, directoryAt: number, tableAt: number) => void;
}

const descriptorSectors = 20;
/** Where the grain directory of a file that has it in front lies, and where its grains begin. */
const directorySector = 1 + descriptorSectors;
const grainOffset = 128;

export function buildDescriptor(spec: VmdkSpec): string {
  const {
    createType = 'monolithicSparse',
    capacity = 16_384n,
    extentLines = [`RW ${capacity} SPARSE "disk.vmdk"`],
  } = spec;
  const fields = [
    'version=1',
    'CID=7c1e9a44',
    `parentCID=${spec.parentCid ?? 'ffffffff'}`,
    `createType="${createType}"`,
  ];
  const database = [
    '',
    '# The Disk Data Base',
    '#DDB',
    '',
    'ddb.virtualHWVersion = "4"',
    'ddb.adapterType = "ide"',
    '',
  ];
  return [
    '# Disk DescriptorFile',
    ...fields,
    '',
    '# Extent description',
    ...extentLines,
    ...(spec.lines ?? []),
    ...database,
  ].join('\n');
}

export function buildVmdkHeader(spec: VmdkSpec): Buffer {
  const header = Buffer.alloc(sectorBytes);
  const isStream = spec.createType === 'streamOptimized';
  header.write('KDMV', 0);
  header.writeUInt32LE(spec.version ?? (isStream ? 3 : 1), 4);
  header.writeUInt32LE(isStream ? 0x3_0001 : 1, 8);
  header.writeBigUInt64LE(spec.capacity ?? 16_384n, 12);
  header.writeBigUInt64LE(spec.grainSectors ?? BigInt(grainSectors), 20);
  header.writeBigUInt64LE(spec.descriptorSector ?? 1n, 28);
  header.writeBigUInt64LE(spec.descriptorSectors ?? BigInt(descriptorSectors), 36);
  header.writeUInt32LE(spec.entriesOfTable ?? entriesOfTable, 44);
  header.writeBigUInt64LE(spec.directorySector ?? BigInt(directorySector), 56);
  header.writeBigUInt64LE(BigInt(grainOffset), 64);
  header.write('\n \r\n', 73, 'latin1');
  header.writeUInt16LE(spec.compression ?? (isStream ? 1 : 0), 77);
  return header;
}

/** A file with its grain directory in front: monolithicSparse, or streamOptimized without footer. */
export function buildSparseVmdk(spec: VmdkSpec = {}): Buffer {
  const tables = Math.max(1, Math.ceil(Number(spec.capacity ?? 16_384n) / (grainSectors * entriesOfTable)));
  const front = Buffer.alloc(grainOffset * sectorBytes);
  buildVmdkHeader(spec).copy(front, 0);
  Buffer.from(spec.descriptor ?? buildDescriptor(spec)).copy(front, sectorBytes);
  const pieces: Buffer[] = [front];
  let next = grainOffset;
  const directory = front.subarray(directorySector * sectorBytes);
  for (let table = 0; table < Math.min(tables, 16); table++) {
    const tableSector = directorySector + 1 + table * 4;
    directory.writeUInt32LE(tableSector, table * 4);
    for (const [grain, bytes] of grainsOf(spec, table)) {
      const stored = spec.createType === 'streamOptimized' ? packGrain(grain, bytes) : bytes;
      front.writeUInt32LE(next, tableSector * sectorBytes + (grain % entriesOfTable) * 4);
      pieces.push(stored);
      next += stored.length / sectorBytes;
    }
  }
  const file = Buffer.concat(pieces);
  spec.change?.(file, directorySector * sectorBytes, (directorySector + 1) * sectorBytes);
  return file;
}

/** A streamOptimized file as it is written in one pass: grains, then tables and directory, then a footer that says where they are. */
export function buildFooterVmdk(spec: VmdkSpec = {}, footer: VmdkSpec & { markerType?: number } = {}): Buffer {
  const stream: VmdkSpec = { ...spec, createType: spec.createType ?? 'streamOptimized' };
  const front = Buffer.alloc(grainOffset * sectorBytes);
  buildVmdkHeader({ directorySector: atEnd, ...stream }).copy(front, 0);
  Buffer.from(spec.descriptor ?? buildDescriptor(stream)).copy(front, sectorBytes);
  const pieces: Buffer[] = [front];
  let next = grainOffset;
  const put = (bytes: Buffer): number => {
    pieces.push(bytes);
    next += bytes.length / sectorBytes;
    return next - bytes.length / sectorBytes;
  };
  const tables = Math.max(1, Math.ceil(Number(spec.capacity ?? 16_384n) / (grainSectors * entriesOfTable)));
  const directory = Buffer.alloc(Math.ceil((tables * 4) / sectorBytes) * sectorBytes);
  for (let index = 0; index < Math.min(tables, 16); index++) {
    const grains = grainsOf(spec, index);
    if (grains.length === 0) continue;
    const table = Buffer.alloc(entriesOfTable * 4);
    for (const [grain, bytes] of grains)
      table.writeUInt32LE(put(packGrain(grain, bytes)), (grain % entriesOfTable) * 4);
    put(marker(4, markers.grainTable));
    directory.writeUInt32LE(put(table), index * 4);
  }
  put(marker(directory.length / sectorBytes, markers.grainDirectory));
  const at = put(directory);
  put(marker(1, footer.markerType ?? markers.footer));
  put(buildVmdkHeader({ ...stream, directorySector: BigInt(at), ...footer }));
  put(Buffer.alloc(sectorBytes));
  return Buffer.concat(pieces);
}

function grainsOf({ grains = new Map<number, Buffer>() }: VmdkSpec, table: number): (readonly [number, Buffer])[] {
  return [...grains].filter(([grain]) => Math.floor(grain / entriesOfTable) === table);
}

/** A compressed grain tells its place on the disk and its length, and fills whole sectors. */
function packGrain(grain: number, bytes: Buffer): Buffer {
  const packed = deflateSync(bytes);
  const stored = Buffer.alloc(Math.ceil((12 + packed.length) / sectorBytes) * sectorBytes);
  stored.writeBigUInt64LE(BigInt(grain * grainSectors), 0);
  stored.writeUInt32LE(packed.length, 8);
  packed.copy(stored, 12);
  return stored;
}

function marker(sectors: number, type: number): Buffer {
  const bytes = Buffer.alloc(sectorBytes);
  bytes.writeBigUInt64LE(BigInt(sectors), 0);
  bytes.writeUInt32LE(type, 12);
  return bytes;
}
