import { deflateRawSync } from 'node:zlib';
import { type ClusterSpec, type HeaderSpec, type ImageSpec, buildHeader, buildImage } from './qcow2.builder';
import { buildSkippableFrame, buildZstdFrame } from './zstd.builder';

/**
 * What becomes of a file of the corpus.
 * - `decodes`: in one pass, to a disk of `virtualSizeBytes`.
 * - `decodes-stored`: the same, but one pass asks for the file to be stored first.
 * - `undecodable`: its header is in order, and decoding it names a problem. (An inspector that sees the whole file may
 *   refuse it before.)
 * - `refused`: its header is not accepted.
 */
export type CorpusOutcome = 'decodes' | 'decodes-stored' | 'undecodable' | 'refused';

export interface CorpusFile {
  readonly name: string;
  readonly bytes: Buffer;
  readonly expected: CorpusOutcome;
  /** Of the files that decode. */
  readonly virtualSizeBytes?: number;
}

const cluster = 4096;
const mib = 2 ** 20;
/** Where things are in a file of `image`, whose first cluster brings the first L2 table with it. */
const at = { refcounts: cluster, l1: 3 * cluster, l2: 4 * cluster, data: 5 * cluster };

const filled = (value: number) => Buffer.alloc(cluster, value);
const data = (index: number, value: number): ClusterSpec => ({ at: index, holds: 'data', bytes: filled(value) });
const deflated = (index: number, value: number): ClusterSpec => ({
  at: index,
  holds: 'deflated',
  bytes: filled(value),
});
const zstd = { incompatibleFeatures: 8n, compressionType: 1 };

function image(clusters: readonly ClusterSpec[], spec: Partial<ImageSpec> = {}): Buffer {
  return buildImage({ clusterBits: 12, virtualSize: BigInt(4 * mib), clusters, ...spec });
}

/** A file of two plain clusters and a compressed one, its bytes changed. */
function changed(change: (file: Buffer) => void): Buffer {
  const file = image([data(0, 1), data(1, 2), deflated(3, 3)]);
  change(file);
  return file;
}

const withL1 = (entry: bigint) => changed((file) => void file.writeBigUInt64BE(entry, at.l1));
const withL2 = (entry: bigint, index = 0) => changed((file) => void file.writeBigUInt64BE(entry, at.l2 + 8 * index));

/** The entry of a compressed cluster at byte `host` that counts `sectors` further ones. */
const packedAt = (host: number, sectors = 0) => (1n << 62n) | (BigInt(sectors) << 58n) | BigInt(host);

/** A file of one stream or cluster, and an L2 table that has the same entry 512 times. */
function everywhere(entry: bigint, stream: Buffer): Buffer {
  const file = Buffer.concat([image([{ at: 0, holds: 'packed', stream }]), Buffer.alloc(2 * cluster)]);
  for (let index = 0; index < cluster / 8; index++) file.writeBigUInt64BE(entry, at.l2 + 8 * index);
  return file;
}

/** An L1 table of `tables` entries for `distinct` L2 tables, which all map one cluster with every entry; of the smallest clusters. */
function oneCluster(spec: { tables: number; place: 'behind' | 'ahead'; distinct?: number }): Buffer {
  const { tables, place, distinct = tables } = spec;
  const [size, perTable] = [512, 64];
  const l1Bytes = Math.ceil((tables * 8) / size) * size;
  const base = 3 * size + l1Bytes;
  const dataAt = place === 'behind' ? base : base + distinct * size;
  const l2At = place === 'behind' ? base + size : base;
  const l1 = Buffer.alloc(l1Bytes);
  for (let index = 0; index < tables; index++) l1.writeBigUInt64BE(BigInt(l2At + (index % distinct) * size), index * 8);
  const entry = Buffer.alloc(8);
  entry.writeBigUInt64BE(BigInt(dataAt));
  const l2 = Buffer.alloc(distinct * size, entry);
  const bytes = Buffer.alloc(size, 0x41);
  return Buffer.concat([
    buildHeader({ clusterBits: 9, virtualSize: BigInt(tables * perTable * size), l1Entries: tables }),
    Buffer.alloc(2 * size),
    l1,
    ...(place === 'behind' ? [bytes, l2] : [l2, bytes]),
  ]);
}

function withStream(stream: Buffer, spec: Partial<ImageSpec> = {}): Buffer {
  return Buffer.concat([image([{ at: 0, holds: 'packed', stream }], spec), Buffer.alloc(2 * cluster)]);
}

/** A compressed cluster that counts the most sectors there can be, at the end of the file. */
function packedToTheEnd(): Buffer {
  const file = image([deflated(0, 9)]);
  file.writeBigUInt64BE(packedAt(at.data, 15), at.l2);
  return file;
}

const valid = (): Record<string, Buffer> => ({
  'one cluster': image([data(0, 1)]),
  'every kind of cluster': image([
    data(0, 1),
    deflated(1, 2),
    { at: 2, holds: 'zeros' },
    { at: 3, holds: 'allocated-zeros' },
    data(900, 4),
  ]),
  'clusters of zstd': image([data(0, 1), deflated(1, 2), deflated(1000, 3)], zstd),
  'version 2': image([data(0, 1), deflated(1, 2)], { version: 2 }),
  'an empty disk': image([]),
  'an L1 table longer than the disk needs': image([data(0, 1)], { l1Entries: 500 }),
  'garbage behind the last cluster': Buffer.concat([image([data(0, 1)]), Buffer.alloc(3 * cluster + 77, 0xa5)]),
  'a last cluster that is cut short': image([data(0, 1)]).subarray(0, at.data + 100),
  'snapshots, which are not read': image([data(0, 1)], { snapshots: 3, snapshotsOffset: BigInt(mib) }),
  'a cluster that is mapped twice': withL2(BigInt(at.data), 1),
  'a disk that maps the refcount table': withL2(BigInt(at.refcounts)),
  'an L2 table that maps itself': withL2(BigInt(at.l2)),
  'an L2 table that maps the L1 table': withL2(BigInt(at.l1)),
  'a compressed cluster inside a plain one': changed((file) => {
    deflateRawSync(filled(8)).copy(file, at.data + 512);
    file.writeBigUInt64BE(packedAt(at.data + 512), at.l2 + 8 * 7);
  }),
  'one plain cluster for all of a table': everywhere(BigInt(at.data), filled(9)),
  'one compressed cluster for all of a table': everywhere(packedAt(at.data), deflateRawSync(filled(9))),
  'compressed sectors counted past the end': packedToTheEnd(),
  'tables that map one cluster just behind all over': oneCluster({ tables: 64, place: 'behind' }),
  'tables that map one cluster ahead all over': oneCluster({ tables: 64, place: 'ahead' }),
});

const sizes = (): Record<string, Buffer> => ({
  'a disk of no bytes': buildHeader({ clusterBits: 12, virtualSize: 0n, l1Entries: 0 }),
  'a disk of one byte': image([data(0, 1)], { virtualSize: 1n }),
  'a disk that is no multiple of 512 bytes': image([data(0, 1), data(1, 2)], { virtualSize: BigInt(cluster + 777) }),
  'a disk of 8 PiB': buildImage({ clusterBits: 21, virtualSize: (1n << 53n) - 512n, clusters: [] }),
});

const stored = (): Record<string, Buffer> => ({
  'tables after much data': image(
    Array.from({ length: 200 }, (_, index) => data(index, 1 + index)),
    { tables: 'after-data' },
  ),
  'an L1 table at the end of the file': moveL1(
    image(Array.from({ length: 200 }, (_, index) => data(index, 1 + index))),
  ),
});

function moveL1(file: Buffer): Buffer {
  const moved = Buffer.concat([file, file.subarray(at.l1, at.l1 + cluster)]);
  moved.writeBigUInt64BE(BigInt(file.length), 40);
  return moved;
}

const outside = 0x0000_7fff_ffff_f000n;

const undecodable = (): Record<string, Buffer> => ({
  'an L1 entry past the end': withL1(1n << 40n),
  'an L1 entry at the largest offset': withL1((1n << 56n) - BigInt(cluster)),
  'an L1 entry that is not on a cluster': withL1(BigInt(at.l2 + 512)),
  'an L2 table that is the L1 table': withL1(BigInt(at.l1)),
  'an L2 table in the second cluster of the L1 table': Buffer.concat([
    buildHeader({ clusterBits: 12, virtualSize: BigInt(2048 * mib), l1Entries: 1024 }),
    Buffer.alloc(2 * cluster),
    Buffer.from('0000000000004000', 'hex'),
    Buffer.alloc(3 * cluster - 8),
  ]),
  'one L2 table named by all of the L1 table, its data just behind': oneCluster({
    tables: 300,
    place: 'behind',
    distinct: 1,
  }),
  'one L2 table named by all of the L1 table, its data ahead': oneCluster({ tables: 300, place: 'ahead', distinct: 1 }),
  'two L2 tables that take turns': oneCluster({ tables: 300, place: 'behind', distinct: 2 }),
  'more L2 tables than the file has room for': Buffer.concat([
    buildHeader({ clusterBits: 12, virtualSize: BigInt(1024 * mib), l1Entries: 512 }),
    Buffer.alloc(2 * cluster),
    Buffer.concat(Array.from({ length: 512 }, () => Buffer.from('0000000000004000', 'hex'))),
    Buffer.alloc(cluster),
  ]),
  'an L2 entry past the end': withL2(outside),
  'an L2 entry at the largest offset': withL2((1n << 56n) - BigInt(cluster)),
  'an L2 entry that is not on a cluster': withL2(BigInt(at.data + 512)),
  'an entry of zeros in version 2': image([{ at: 0, holds: 'zeros' }], { version: 2 }),
  'a compressed cluster past the end': withL2(packedAt(1 << 30, 15)),
  'a compressed cluster at the largest offset': withL2((1n << 62n) | ((1n << 58n) - 1n)),
  'a compressed cluster that is the header': withL2(packedAt(0, 7)),
  'a compressed cluster of zeros': withStream(Buffer.alloc(512)),
  'a compressed cluster of nonsense': withStream(Buffer.alloc(700, 0xff)),
  'a deflated cluster that is too short': withStream(deflateRawSync(Buffer.alloc(cluster - 1))),
  'a deflated bomb': withStream(deflateRawSync(Buffer.alloc(4 * mib))),
  'a bomb for all of a table': everywhere(packedAt(at.data, 7), deflateRawSync(Buffer.alloc(4 * mib))),
  'a zstd cluster that is too short': withStream(buildZstdFrame(filled(1).subarray(1)), zstd),
  'a zstd frame that claims exabytes': withStream(buildZstdFrame(filled(1), { claimedBytes: (1n << 63n) - 1n }), zstd),
  'a zstd frame that lies about its size': withStream(
    buildZstdFrame(Buffer.alloc(4 * mib), { claimedBytes: BigInt(cluster) }),
    zstd,
  ),
  'a skippable zstd frame': withStream(buildSkippableFrame(filled(0)), zstd),
  'a deflated cluster said to be of zstd': withStream(deflateRawSync(filled(1)), zstd),
});

/** Cut at the start, in the middle and one byte before the end of every structure. */
function truncated(): Record<string, Buffer> {
  const file = image([data(0, 1), deflated(1, 3)]);
  const compressedAt = at.data + cluster;
  const cuts = {
    'in its header': [4, 72, 104, 511],
    'behind its header': [512, cluster, at.l1 - 1],
    'at its L1 table': [at.l1, at.l1 + 8, at.l1 + 15],
    'at its L2 table': [at.l1 + 16, at.l2, at.l2 + cluster / 2, at.l2 + cluster - 1],
    'at its data': [at.data, at.data + 1, compressedAt - 1],
    'at its compressed cluster': [compressedAt, compressedAt + 3, file.length - 1],
  };
  return Object.fromEntries(
    Object.entries(cuts).flatMap(([where, ends]) =>
      ends.map((end) => [`a file that ends at byte ${end}, ${where}`, file.subarray(0, end)]),
    ),
  );
}

const headers: Record<string, HeaderSpec> = {
  'version 0': { version: 0 },
  'version 1': { version: 1 },
  'version 4': { version: 4 },
  'a backing file': { backingFileOffset: 512n },
  'a data file': { incompatibleFeatures: 4n },
  'the name of a data file': { extensions: [{ type: 0x44415441, data: Buffer.from('/etc/shadow') }] },
  'an encryption method': { cryptMethod: 1 },
  'an unknown feature': { incompatibleFeatures: 1n << 4n },
  'an unknown compression': { incompatibleFeatures: 8n, compressionType: 2 },
  'a compression without its feature': { compressionType: 1 },
  'clusters of 256 bytes': { clusterBits: 8 },
  'clusters of 4 MiB': { clusterBits: 22 },
  'clusters of 2^4294967295 bytes': { clusterBits: 0xffff_ffff },
  'a header of 72 bytes': { headerLength: 72 },
  'an extension that leaves its cluster': {
    extensions: [{ type: 0x6803f857, data: Buffer.alloc(8), claimedLength: 0xffff_ffff }],
  },
  'a disk of 2^63 bytes': { virtualSize: 1n << 63n },
  'a disk of 2^64 - 1 bytes': { virtualSize: (1n << 64n) - 1n },
  'an L1 table too short for its disk': { virtualSize: 1n << 40n, l1Entries: 1 },
  'an L1 table of 32 GiB': { l1Entries: 0xffff_ffff },
  'an L1 table in the header': { l1Offset: 0n },
  'an L1 table that is not on a cluster': { l1Offset: 3n * 65_536n + 8n },
  'an L1 table at the largest offset': { l1Offset: 0xffff_ffff_ffff_0000n },
  'no refcount table': { refcountTableClusters: 0 },
  'a refcount table of 16 TiB': { refcountTableClusters: 0xffff_ffff },
  'reference counts of 2^31 bits': { refcountOrder: 31 },
  '4294967295 snapshots': { snapshots: 0xffff_ffff },
  'a snapshot table at the largest offset': { snapshots: 1, snapshotsOffset: (1n << 64n) - 8n },
};

/** Files of every shape that a decoder must get right or refuse, each small, the same every time. */
export function qcow2Corpus(): CorpusFile[] {
  const list = (files: Record<string, Buffer>, expected: CorpusOutcome): CorpusFile[] =>
    Object.entries(files).map(([name, bytes]) => ({
      name,
      bytes,
      expected,
      ...(expected.startsWith('decodes') && { virtualSizeBytes: Number(bytes.readBigUInt64BE(24)) }),
    }));
  const refused = Object.entries(headers).map(([name, spec]) => [name, buildHeader(spec)] as const);
  return [
    ...list({ ...valid(), ...sizes() }, 'decodes'),
    ...list(stored(), 'decodes-stored'),
    ...list({ ...undecodable(), ...truncated() }, 'undecodable'),
    ...list(Object.fromEntries(refused), 'refused'),
  ];
}
