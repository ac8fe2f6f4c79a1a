import fc from 'fast-check';
import { createInspector } from '../inspect/inspector';
import { chop, decodeChunks, decodeStored, toDisk } from '../testing/decoding';
import { buildImage, type ClusterSpec, type ImageSpec } from '../testing/qcow2.builder';
import { Qcow2StreamDecoder } from './stream.decoder';
import { prepareUnpacking } from './unpack';

beforeAll(prepareUnpacking);

const bytesOf = (clusterBits: number) =>
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.boolean())
    .map(([seed, repeated]) => Buffer.alloc(2 ** clusterBits, repeated ? Buffer.from(seed) : (seed[0] ?? 0)));

function clustersOf(clusterBits: number, count: number): fc.Arbitrary<ClusterSpec[]> {
  const cluster: fc.Arbitrary<ClusterSpec> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ at: fc.nat(count - 1), holds: fc.constant('data' as const), bytes: bytesOf(clusterBits) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        at: fc.nat(count - 1),
        holds: fc.constant('deflated' as const),
        bytes: bytesOf(clusterBits),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        at: fc.nat(count - 1),
        holds: fc.constantFrom('zeros' as const, 'allocated-zeros' as const),
      }),
    },
  );
  return fc.uniqueArray(cluster, { selector: ({ at }) => at, maxLength: 40 });
}

const images: fc.Arbitrary<ImageSpec> = fc
  .record({ clusterBits: fc.integer({ min: 9, max: 11 }), sectors: fc.integer({ min: 1, max: 1500 }) })
  .chain(({ clusterBits, sectors }) =>
    fc.record({
      clusterBits: fc.constant(clusterBits),
      virtualSize: fc.constant(BigInt(sectors) * 512n),
      clusters: clustersOf(clusterBits, Math.ceil((sectors * 512) / 2 ** clusterBits)),
      tables: fc.constantFrom('before-data' as const, 'after-data' as const),
      isZstd: fc.boolean(),
    }),
  )
  .map(({ isZstd, ...spec }) => (isZstd ? { ...spec, incompatibleFeatures: 8n, compressionType: 1 } : spec));

const chunkSizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 20_000 })), {
  minLength: 1,
  maxLength: 8,
});

/** The disk the specification describes, without any decoder. */
function expectedDisk({ clusterBits, virtualSize, clusters }: ImageSpec): Buffer {
  const disk = Buffer.alloc(Number(virtualSize));
  for (const cluster of clusters) if ('bytes' in cluster) cluster.bytes.copy(disk, cluster.at * 2 ** clusterBits);
  return disk;
}

test('both decoders give the disk that was put in, whatever the chunks', async () => {
  await fc.assert(
    fc.asyncProperty(images, chunkSizes, async (spec, sizes) => {
      const file = buildImage(spec);
      const expected = expectedDisk(spec);
      const streamed = decodeChunks(new Qcow2StreamDecoder({ fileSizeBytes: file.length }), chop(file, sizes));
      expect(streamed.last).toMatchObject({ status: 'finished', virtualSizeBytes: expected.length });
      expect(toDisk(streamed.regions, expected.length).equals(expected)).toBe(true);
      const stored = await decodeStored(file);
      expect(stored.result).toEqual({ status: 'finished', virtualSizeBytes: expected.length });
      expect(toDisk(stored.regions, expected.length).equals(expected)).toBe(true);
    }),
    { numRuns: 150 },
  );
});

/** Damage where it hurts: in the header, the tables and the compressed data. */
const damaged: fc.Arbitrary<Buffer> = fc
  .record({
    spec: images,
    flips: fc.array(fc.tuple(fc.oneof(fc.nat(120), fc.nat(8000), fc.nat(60_000)), fc.integer({ min: 0, max: 255 })), {
      maxLength: 12,
    }),
    keptFraction: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
  })
  .map(({ spec, flips, keptFraction }) => {
    const file = buildImage(spec);
    for (const [at, value] of flips) file[at % file.length] = value;
    return file.subarray(0, Math.ceil(file.length * keptFraction));
  });

test('a damaged file never makes a decoder throw, and ends the same whatever the chunks', () => {
  fc.assert(
    fc.property(damaged, chunkSizes, (file, sizes) => {
      const whole = decodeChunks(new Qcow2StreamDecoder(), [file]);
      const chopped = decodeChunks(new Qcow2StreamDecoder(), chop(file, sizes));
      expect({ ...chopped.last, regions: [] }).toEqual({ ...whole.last, regions: [] });
      if (whole.last.status !== 'finished' || whole.last.virtualSizeBytes > 1 << 24) return;
      const size = whole.last.virtualSizeBytes;
      expect(toDisk(chopped.regions, size).equals(toDisk(whole.regions, size))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('where one pass finishes on a damaged file, random access gives the same disk', async () => {
  await fc.assert(
    fc.asyncProperty(damaged, async (file) => {
      const streamed = decodeChunks(new Qcow2StreamDecoder(), [file]);
      const stored = await decodeStored(file);
      if (streamed.status === 'failed') expect(stored.result.status).toBe('failed');
      if (streamed.last.status !== 'finished') return;
      const size = streamed.last.virtualSizeBytes;
      expect(stored.result).toEqual({ status: 'finished', virtualSizeBytes: size });
      if (size <= 1 << 24) expect(toDisk(stored.regions, size).equals(toDisk(streamed.regions, size))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

const judgedFiles = fc.oneof(
  damaged,
  fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
  fc
    .record({
      at: fc.constantFrom(0, 0x40, 32_769),
      text: fc.constantFrom('KDMV', 'conectix', 'CD001', '\x7f\x10\xda\xbe'),
    })
    .map(({ at, text }) => {
      const file = Buffer.alloc(33_000);
      file.write(text, at, 'latin1');
      return file;
    }),
);

test('the verdict on a file does not depend on its chunks', () => {
  fc.assert(
    fc.property(judgedFiles, chunkSizes, fc.constantFrom(undefined, 'raw', 'qcow2'), (file, sizes, declared) => {
      const whole = createInspector({ declared });
      whole.push(file);
      const chopped = createInspector({ declared });
      for (const chunk of chop(file, sizes)) chopped.push(chunk);
      expect(chopped.end()).toEqual(whole.end());
    }),
    { numRuns: 300 },
  );
});
