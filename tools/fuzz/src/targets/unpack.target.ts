import { deflateRawSync } from 'node:zlib';
import { type PackedRegion, type Unpacked, unpackRegion } from '@hearth/image-format';
import { buildSkippableFrame, buildZstdFrame, compressedSample, Random } from '@hearth/image-format/testing';
import { magnitude, require, shape, type Target } from '../engine/target';

/** One byte that says compression and size of a cluster, then the stream. */
const head = (compression: PackedRegion['compression'], clusterBits: number) =>
  Buffer.from([(compression === 'zstd' ? 1 : 0) | ((clusterBits - 9) << 1)]);

/** A compressed cluster: exactly one cluster comes out, or a problem that names the place. */
export const unpackTarget: Target = {
  name: 'unpack',
  seeds: () => new Map(seeds()),
  run(input) {
    const region = regionOf(input);
    const unpacked = unpackRegion(region);
    require(isSame(unpackRegion(region), unpacked), 'the same cluster unpacks to something else');
    if (unpacked.status === 'failed') {
      require(unpacked.problem.code === 'corrupt-data', () => `the problem is ${unpacked.problem.code}`);
      require(unpacked.problem.detail.includes(`byte ${region.fileOffset} `), 'the problem does not name the place');
      return shape(`${region.compression} ${unpacked.problem.detail}`);
    }
    const { offset, bytes } = unpacked.region;
    require(offset === region.offset, 'the region has moved');
    require(bytes.length === region.lengthBytes, () => `${bytes.length} bytes, not ${region.lengthBytes}`);
    const longer = { ...region, packed: Buffer.concat([region.packed, Buffer.alloc(512, 0xee)]) };
    const unpackedLonger = unpackRegion(longer);
    // A deflate stream may lack its end. What follows is then part of it, and can make it too long, but no other cluster.
    const isUnfinished = region.compression === 'zlib' && unpackedLonger.status === 'failed';
    require(isUnfinished || isSame(unpackedLonger, unpacked), 'what follows the stream changes what comes out');
    return `${region.compression} unpacked ${magnitude(bytes.length)} of ${magnitude(region.packed.length)}`;
  },
};

function regionOf(input: Buffer): PackedRegion {
  const choice = input[0] ?? 0;
  const clusterSizeBytes = 2 ** Math.min(21, 9 + ((choice >> 1) & 15));
  return {
    offset: 3 * clusterSizeBytes,
    lengthBytes: (choice & 0x40) === 0 ? clusterSizeBytes : 512,
    clusterSizeBytes,
    compression: (choice & 1) === 1 ? 'zstd' : 'zlib',
    packed: input.subarray(1, 1 + 2 * clusterSizeBytes),
    fileOffset: 987_654_321,
  };
}

function isSame(a: Unpacked, b: Unpacked): boolean {
  if (a.status === 'failed' || b.status === 'failed') return JSON.stringify(a) === JSON.stringify(b);
  return a.region.bytes.equals(b.region.bytes);
}

function* seeds(): Generator<[string, Buffer]> {
  const random = new Random(1);
  for (const bits of [9, 12, 16]) {
    const size = 2 ** bits;
    const contents = {
      zeros: Buffer.alloc(size),
      text: Buffer.alloc(size, 'all work and no play '),
      noise: random.bytes(size),
      mixed: Buffer.concat([random.bytes(size / 2), Buffer.alloc(size / 2, 'ab')]),
    };
    for (const [name, bytes] of Object.entries(contents)) {
      yield [`zlib ${name} ${bits}`, Buffer.concat([head('zlib', bits), deflateRawSync(bytes)])];
      yield [`zlib stored ${name} ${bits}`, Buffer.concat([head('zlib', bits), deflateRawSync(bytes, { level: 0 })])];
      yield [`zstd ${name} ${bits}`, Buffer.concat([head('zstd', bits), buildZstdFrame(bytes)])];
    }
  }
  const unsaid = buildZstdFrame(compressedSample.bytes, { claimedBytes: null });
  yield ['zstd sample', Buffer.concat([head('zstd', 12), compressedSample.packed])];
  yield ['zstd unsaid', Buffer.concat([head('zstd', 12), unsaid])];
  yield ['zstd skippable', Buffer.concat([head('zstd', 12), buildSkippableFrame(Buffer.alloc(40)), unsaid])];
  yield ['zlib bomb', Buffer.concat([head('zlib', 12), deflateRawSync(Buffer.alloc(1 << 20))])];
  yield ['zstd bomb', Buffer.concat([head('zstd', 12), buildZstdFrame(Buffer.alloc(1 << 24))])];
}
