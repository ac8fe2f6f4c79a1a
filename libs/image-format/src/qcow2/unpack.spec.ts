import { deflateRawSync } from 'node:zlib';
import type { PackedRegion } from '../decoder';
import { buildSkippableFrame, buildZstdFrame, compressedSample } from '../testing/zstd.builder';
import { prepareUnpacking, unpackRegion } from './unpack';

const cluster = 4096;

function region(packed: Buffer, patch: Partial<PackedRegion> = {}): PackedRegion {
  return {
    offset: 8192,
    lengthBytes: cluster,
    clusterSizeBytes: cluster,
    compression: 'zstd',
    packed,
    fileOffset: 20_480,
    ...patch,
  };
}

const corrupt = { status: 'failed', problem: { code: 'corrupt-data', detail: expect.stringContaining('byte 20480') } };

beforeAll(prepareUnpacking);

test('a cluster of zlib or zstd comes out, cut at the end of the disk', () => {
  const bytes = Buffer.concat([Buffer.alloc(3000, 1), Buffer.alloc(1096, 2)]);
  for (const [compression, packed] of [
    ['zlib', deflateRawSync(bytes)],
    ['zstd', buildZstdFrame(bytes)],
  ] as const) {
    expect(unpackRegion(region(packed, { compression }))).toEqual({
      status: 'unpacked',
      region: { offset: 8192, bytes },
    });
    const cut = unpackRegion(region(packed, { compression, lengthBytes: 512 }));
    expect(cut).toEqual({ status: 'unpacked', region: { offset: 8192, bytes: bytes.subarray(0, 512) } });
  }
});

test('what the reference implementation of zstd has made comes out', () => {
  expect(unpackRegion(region(compressedSample.packed))).toEqual({
    status: 'unpacked',
    region: { offset: 8192, bytes: compressedSample.bytes },
  });
});

test('what follows the stream is not looked at', () => {
  const bytes = Buffer.alloc(cluster, 7);
  for (const tail of [Buffer.alloc(600), Buffer.alloc(600, 0xff), buildZstdFrame(bytes)]) {
    expect(unpackRegion(region(Buffer.concat([buildZstdFrame(bytes), tail]))).status).toBe('unpacked');
    const deflated = Buffer.concat([deflateRawSync(bytes), tail]);
    expect(unpackRegion(region(deflated, { compression: 'zlib' })).status).toBe('unpacked');
  }
});

test('a frame that does not say how large its content is comes out', () => {
  const bytes = Buffer.alloc(cluster, 7);
  expect(unpackRegion(region(buildZstdFrame(bytes, { claimedBytes: null }))).status).toBe('unpacked');
});

const filled = Buffer.alloc(cluster, 7);
const mixed = Buffer.from(Array.from({ length: cluster }, (_, index) => index % 251));

test.each<[string, Buffer]>([
  ['no bytes', Buffer.alloc(0)],
  ['zeros', Buffer.alloc(512)],
  ['a magic number alone', buildZstdFrame(filled).subarray(0, 4)],
  ['a frame that ends in its header', buildZstdFrame(filled).subarray(0, 9)],
  ['a frame that ends in a block', buildZstdFrame(mixed).subarray(0, 2000)],
  ['a frame without its last block', buildZstdFrame(Buffer.alloc(200_000, 1)).subarray(0, 18)],
  ['a frame that ends before its checksum', buildZstdFrame(filled, { checksum: Buffer.alloc(2) })],
  ['a wrong checksum', buildZstdFrame(filled, { checksum: Buffer.alloc(4) })],
  ['less than a cluster', buildZstdFrame(filled.subarray(1))],
  ['more than a cluster', buildZstdFrame(Buffer.alloc(cluster + 1))],
  ['more than a cluster, unsaid', buildZstdFrame(Buffer.alloc(cluster + 1), { claimedBytes: null })],
  ['less than a cluster, unsaid', buildZstdFrame(filled.subarray(1), { claimedBytes: null })],
  ['a bomb', buildZstdFrame(Buffer.alloc(50 << 20), { claimedBytes: null })],
  ['a bomb that says it is a cluster', buildZstdFrame(Buffer.alloc(50 << 20), { claimedBytes: BigInt(cluster) })],
  ['a frame that claims gigabytes', buildZstdFrame(filled, { claimedBytes: 8n << 30n })],
  ['a frame that claims exabytes', buildZstdFrame(filled, { claimedBytes: (1n << 64n) - 1n })],
  ['a frame that needs a dictionary', buildZstdFrame(filled, { descriptor: 1 })],
  ['a reserved bit', buildZstdFrame(filled, { descriptor: 8 })],
  ['a skippable frame', buildSkippableFrame(Buffer.alloc(100))],
  [
    'a skippable frame before a real one',
    Buffer.concat([buildSkippableFrame(Buffer.alloc(9)), buildZstdFrame(filled)]),
  ],
  ['a skippable frame of 4 GiB', Buffer.from('502a4d18ffffffff00', 'hex')],
  ['a block of the reserved type', Buffer.from('28b52ffd200007000000', 'hex')],
  ['blocks of nothing without end', Buffer.concat([buildZstdFrame(filled).subarray(0, 14), Buffer.alloc(4000)])],
  [
    'a compressed block of nonsense',
    Buffer.from('28b52ffd6000 0f 55000041ffffff540000340100'.replaceAll(' ', ''), 'hex'),
  ],
])('%s instead of a zstd cluster is a problem that names the place', (_, packed) => {
  expect(unpackRegion(region(packed))).toEqual(corrupt);
});

test('a damaged zstd cluster is a problem or comes out whole, wherever it is damaged', () => {
  for (let at = 0; at < compressedSample.packed.length * 8; at++) {
    const damaged = Buffer.from(compressedSample.packed);
    damaged[at >> 3]! ^= 1 << (at & 7);
    const unpacked = unpackRegion(region(damaged));
    if (unpacked.status === 'unpacked') expect(unpacked.region.bytes).toHaveLength(cluster);
    else expect(unpacked).toEqual(corrupt);
  }
  expect(unpackRegion(region(compressedSample.packed)).status).toBe('unpacked');
});
