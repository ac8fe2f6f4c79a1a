import { deflateRawSync } from 'node:zlib';
import { buildZstdFrame } from './zstd.builder';

/** Header fields a spec may set; the rest is what `qemu-img create` would write. Offsets and sizes in bytes. */
export interface HeaderSpec {
  version?: number;
  backingFileOffset?: bigint;
  clusterBits?: number;
  virtualSize?: bigint;
  cryptMethod?: number;
  l1Entries?: number;
  l1Offset?: bigint;
  refcountTableOffset?: bigint;
  refcountTableClusters?: number;
  snapshots?: number;
  snapshotsOffset?: bigint;
  incompatibleFeatures?: bigint;
  refcountOrder?: number;
  headerLength?: number;
  compressionType?: number;
  extensions?: readonly { type: number; data: Buffer; claimedLength?: number }[];
}

/** A header by itself, filled up with zeros to one cluster. */
export function buildHeader(spec: HeaderSpec = {}): Buffer {
  const { version = 3, clusterBits = 16 } = spec;
  const clusterBytes = 2 ** Math.min(Math.max(clusterBits, 9), 21);
  const header = Buffer.alloc(clusterBytes);
  header.write('QFI\xfb', 0, 'latin1');
  header.writeUInt32BE(version, 4);
  header.writeBigUInt64BE(spec.backingFileOffset ?? 0n, 8);
  header.writeUInt32BE(clusterBits, 20);
  header.writeBigUInt64BE(spec.virtualSize ?? 1n << 20n, 24);
  header.writeUInt32BE(spec.cryptMethod ?? 0, 32);
  header.writeUInt32BE(spec.l1Entries ?? 1, 36);
  header.writeBigUInt64BE(spec.l1Offset ?? BigInt(3 * clusterBytes), 40);
  header.writeBigUInt64BE(spec.refcountTableOffset ?? BigInt(clusterBytes), 48);
  header.writeUInt32BE(spec.refcountTableClusters ?? 1, 56);
  header.writeUInt32BE(spec.snapshots ?? 0, 60);
  header.writeBigUInt64BE(spec.snapshotsOffset ?? 0n, 64);
  let at = 72;
  if (version >= 3) {
    header.writeBigUInt64BE(spec.incompatibleFeatures ?? 0n, 72);
    header.writeUInt32BE(spec.refcountOrder ?? 4, 96);
    at = spec.headerLength ?? 112;
    header.writeUInt32BE(at, 100);
    header.writeUInt8(spec.compressionType ?? 0, 104);
  }
  writeExtensions(header, at, spec.extensions ?? []);
  return header;
}

function writeExtensions(header: Buffer, from: number, extensions: NonNullable<HeaderSpec['extensions']>): void {
  let at = from;
  for (const { type, data, claimedLength } of extensions) {
    header.writeUInt32BE(type, at);
    header.writeUInt32BE(claimedLength ?? data.length, at + 4);
    data.copy(header, at + 8);
    at += 8 + Math.ceil(data.length / 8) * 8;
  }
}

/**
 * What the guest's cluster of that number holds; a cluster that is not named is not allocated.
 * `deflated` bytes are compressed as the header's compression type says; a `packed` stream is put in as it is.
 */
export type ClusterSpec =
  | { at: number; holds: 'data' | 'deflated'; bytes: Buffer }
  | { at: number; holds: 'packed'; stream: Buffer }
  | { at: number; holds: 'zeros' | 'allocated-zeros' };

export interface ImageSpec extends HeaderSpec {
  clusterBits: number;
  virtualSize: bigint;
  clusters: readonly ClusterSpec[];
  /** Where the L2 tables go: each before its data (as `qemu-img convert` does it), or all behind all data. */
  tables?: 'before-data' | 'after-data';
}

/** A whole file. Its refcounts are left at zero: a reader does not look at them. */
export function buildImage(spec: ImageSpec): Buffer {
  const clusterBytes = 2 ** spec.clusterBits;
  const perTable = clusterBytes / 8;
  const l1Entries = Math.ceil(Number(spec.virtualSize) / (perTable * clusterBytes));
  const l1Clusters = Math.max(1, Math.ceil((l1Entries * 8) / clusterBytes));
  const l1 = Buffer.alloc(l1Clusters * clusterBytes);
  const file = new FileTail((3 + l1Clusters) * clusterBytes, clusterBytes);
  const tables = new Map<number, { table: Buffer; host: number | undefined }>();
  for (const cluster of spec.clusters) {
    const index = Math.floor(cluster.at / perTable);
    let entry = tables.get(index);
    if (!entry) {
      entry = { table: Buffer.alloc(clusterBytes), host: spec.tables === 'after-data' ? undefined : file.reserve() };
      tables.set(index, entry);
    }
    writeEntry(entry.table, cluster, { file, spec, at: cluster.at % perTable });
  }
  for (const [index, entry] of tables) {
    const host = entry.host ?? file.reserve();
    file.put(host, entry.table);
    l1.writeBigUInt64BE(BigInt(host) | (1n << 63n), index * 8);
  }
  const head = [buildHeader({ l1Entries, ...spec }), Buffer.alloc(2 * clusterBytes), l1];
  return Buffer.concat([...head, file.bytes()]);
}

function writeEntry(
  table: Buffer,
  cluster: ClusterSpec,
  { file, spec, at }: { file: FileTail; spec: ImageSpec; at: number },
): void {
  const { clusterBits } = spec;
  const copied = 1n << 63n;
  if (cluster.holds === 'zeros') table.writeBigUInt64BE(1n, at * 8);
  if (cluster.holds === 'allocated-zeros') {
    const host = file.reserve();
    file.put(host, Buffer.alloc(2 ** clusterBits, 0xee));
    table.writeBigUInt64BE(copied | BigInt(host) | 1n, at * 8);
  }
  if (cluster.holds === 'data') {
    const host = file.reserve();
    file.put(host, cluster.bytes);
    table.writeBigUInt64BE(copied | BigInt(host), at * 8);
  }
  if (cluster.holds === 'deflated' || cluster.holds === 'packed') {
    const { host, length } = file.append(cluster.holds === 'packed' ? cluster.stream : pack(cluster.bytes, spec));
    const furtherSectors = Math.floor((host + length - 1) / 512) - Math.floor(host / 512);
    const entry = (1n << 62n) | (BigInt(furtherSectors) << BigInt(70 - clusterBits)) | BigInt(host);
    table.writeBigUInt64BE(entry, at * 8);
  }
}

function pack(bytes: Buffer, { compressionType = 0 }: HeaderSpec): Buffer {
  return compressionType === 0 ? deflateRawSync(bytes, { windowBits: 12 }) : buildZstdFrame(bytes);
}

/** The file behind its header and L1 table: whole clusters, and compressed ones packed byte by byte between them. */
class FileTail {
  private readonly pieces: { host: number; bytes: Buffer }[] = [];
  private next: number;

  constructor(
    private readonly start: number,
    private readonly clusterBytes: number,
  ) {
    this.next = start;
  }

  reserve(): number {
    const host = Math.ceil(this.next / this.clusterBytes) * this.clusterBytes;
    this.next = host + this.clusterBytes;
    return host;
  }

  append(bytes: Buffer): { host: number; length: number } {
    const host = this.next;
    this.next += bytes.length;
    this.pieces.push({ host, bytes });
    return { host, length: bytes.length };
  }

  put(host: number, bytes: Buffer): void {
    this.pieces.push({ host, bytes });
  }

  bytes(): Buffer {
    const tail = Buffer.alloc(this.next - this.start);
    for (const { host, bytes } of this.pieces) bytes.copy(tail, host - this.start);
    return tail;
  }
}
