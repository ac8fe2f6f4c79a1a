import { execFile } from 'node:child_process';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chop, decodeChunks, decodeStored, toDisk } from '../testing/decoding';
import { Random } from '../testing/random';
import { Qcow2StreamDecoder } from './stream.decoder';
import { prepareUnpacking } from './unpack';

jest.setTimeout(30_000);

const run = promisify(execFile);
const kib = 1024;
const mib = 1024 * kib;

beforeAll(prepareUnpacking);

let folder: string;
let raw: string;
let image: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-qcow2-shapes-'));
  raw = join(folder, 'disk.raw');
  image = join(folder, 'disk.qcow2');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** How an image is made: options of its creation, what is written where, and what happens to it afterwards. */
interface Shape {
  readonly name: string;
  readonly sizeBytes: number;
  readonly options: readonly string[];
  /** `qemu-img convert` with these arguments, or clusters written one by one into an empty image. */
  readonly made: { readonly convert: readonly string[] } | 'by writes';
  readonly afterwards?: (random: Random) => Promise<unknown>;
}

const clusterSizes = [512, 1 * kib, 2 * kib, 4 * kib, 16 * kib, 64 * kib, 512 * kib, 2 * mib];
const bySize = (clusterSize: number) => `cluster_size=${clusterSize}`;
const qemuImg = (...args: string[]) => run('qemu-img', args);
const qemuIo = (...commands: string[]) =>
  run('qemu-io', ['-f', 'qcow2', ...commands.flatMap((command) => ['-c', command]), image]);

/** Writes, zeroes and discards all over the disk, in no order. */
function scattered(random: Random, sizeBytes: number, count: number): string[] {
  return Array.from({ length: count }, () => {
    const offset = 512 * random.below(sizeBytes / 512 - 1);
    const length = Math.min(512 * (1 + random.below(400)), Math.floor((sizeBytes - offset) / 512) * 512);
    const place = `${offset} ${length}`;
    const write = `write -P ${1 + random.below(255)} ${place}`;
    return random.pick([write, write, write, `write -z ${place}`, `write -z -u ${place}`, `discard ${place}`]);
  });
}

/** Whole sectors, but no whole clusters of any other size. */
const size = 3 * mib + 5 * 512;

const shapes: readonly Shape[] = [
  ...clusterSizes.flatMap((clusterSize): Shape[] => [
    {
      name: `zstd, clusters of ${clusterSize} bytes`,
      sizeBytes: size,
      options: [bySize(clusterSize), 'compression_type=zstd'],
      made: { convert: ['-c'] },
    },
    {
      name: `scattered writes, clusters of ${clusterSize} bytes`,
      sizeBytes: size,
      options: [bySize(clusterSize)],
      made: 'by writes',
    },
    {
      name: `zlib out of order, then overwritten, clusters of ${clusterSize} bytes`,
      sizeBytes: size,
      options: [bySize(clusterSize)],
      made: { convert: ['-c', '-W', '-m', '8'] },
      afterwards: (random) => qemuIo(...scattered(random, size, 12)),
    },
  ]),
  {
    name: 'plain and out of order',
    sizeBytes: 10 * mib,
    options: [],
    made: { convert: ['-W', '-m', '16'] },
  },
  {
    name: 'zstd out of order, then overwritten',
    sizeBytes: 8 * mib,
    options: ['compression_type=zstd'],
    made: { convert: ['-c', '-W', '-m', '8'] },
    afterwards: (random) => qemuIo(...scattered(random, 8 * mib, 30)),
  },
  {
    name: 'version 2 with scattered writes',
    sizeBytes: size,
    options: ['compat=0.10', bySize(4 * kib)],
    made: 'by writes',
  },
  {
    name: 'lazy refcounts with scattered writes',
    sizeBytes: size,
    options: ['lazy_refcounts=on'],
    made: 'by writes',
  },
  {
    name: 'refcounts of 64 bits',
    sizeBytes: size,
    options: ['refcount_bits=64', bySize(kib)],
    made: { convert: [] },
  },
  ...['metadata', 'falloc', 'full'].map((preallocation): Shape => ({
    name: `preallocation=${preallocation} with scattered writes`,
    sizeBytes: size,
    options: [`preallocation=${preallocation}`, bySize(16 * kib)],
    made: 'by writes',
  })),
  {
    name: 'several internal snapshots, written to in between, one deleted',
    sizeBytes: size,
    options: [bySize(4 * kib)],
    made: { convert: [] },
    afterwards: async (random) => {
      for (const name of ['a', 'b', 'c']) {
        await qemuImg('snapshot', '-c', name, image);
        await qemuIo(...scattered(random, size, 8));
      }
      await qemuImg('snapshot', '-d', 'b', image);
      await qemuIo(...scattered(random, size, 4));
    },
  },
  {
    name: 'gone back to an internal snapshot',
    sizeBytes: size,
    options: [],
    made: { convert: ['-c'] },
    afterwards: async (random) => {
      await qemuImg('snapshot', '-c', 'a', image);
      await qemuIo(...scattered(random, size, 8));
      await qemuImg('snapshot', '-a', 'a', image);
    },
  },
  {
    name: 'grown and shrunk',
    sizeBytes: size,
    options: [bySize(512)],
    made: { convert: [] },
    afterwards: async (random) => {
      await qemuImg('resize', '-f', 'qcow2', image, '8M');
      await qemuIo(...scattered(random, 8 * mib, 8));
      await qemuImg('resize', '-f', 'qcow2', '--shrink', image, `${2 * mib + 512}`);
    },
  },
  {
    name: 'amended to version 2 and back',
    sizeBytes: size,
    options: [],
    made: { convert: [] },
    afterwards: async (random) => {
      await qemuIo('discard 64k 128k');
      await qemuImg('amend', '-f', 'qcow2', '-o', 'compat=0.10', image);
      await qemuImg('amend', '-f', 'qcow2', '-o', 'compat=1.1', image);
      await qemuIo(...scattered(random, size, 8));
    },
  },
  {
    name: 'a tail that is no whole cluster',
    sizeBytes: 2 * mib + 512,
    options: [bySize(2 * mib), 'compression_type=zstd'],
    made: { convert: ['-c'] },
  },
];

/** Stretches of zeros, of noise, of text and of one byte, in no order. */
async function makeRaw(random: Random, sizeBytes: number): Promise<void> {
  const file = await open(raw, 'w');
  await file.truncate(sizeBytes);
  for (let at = 0; at < sizeBytes;) {
    const length = Math.min(sizeBytes - at, 1 + random.below(random.pick([3000, 70_000, 600_000])));
    const kinds = [
      undefined,
      Buffer.alloc(length),
      random.bytes(length),
      Buffer.alloc(length, `line ${random.below(1000)} of a log\n`),
      Buffer.alloc(length, 1 + random.below(255)),
    ];
    const bytes = kinds[random.below(kinds.length)];
    if (bytes) await file.write(bytes, 0, length, at);
    at += length;
  }
  await file.close();
}

async function make({ sizeBytes, options, made, afterwards }: Shape, random: Random): Promise<void> {
  const created = options.flatMap((option) => ['-o', option]);
  if (made === 'by writes') {
    await qemuImg('create', '-q', '-f', 'qcow2', ...created, image, `${sizeBytes}`);
    await qemuIo(...scattered(random, sizeBytes, 40));
  } else {
    await makeRaw(random, sizeBytes);
    await qemuImg('convert', '-f', 'raw', '-O', 'qcow2', ...made.convert, ...created, raw, image);
  }
  await afterwards?.(random);
}

async function decodedByQemu(): Promise<Buffer> {
  const decoded = join(folder, 'decoded.raw');
  await qemuImg('convert', '-f', 'qcow2', '-O', 'raw', image, decoded);
  return readFile(decoded);
}

function expectSame(disk: Buffer, expected: Buffer): void {
  expect(disk.length).toBe(expected.length);
  expect(disk.compare(expected)).toBe(0);
}

/** Both decoders against QEMU, the one-pass decoder with chunks of several random sizes. */
async function expectDecodedAsQemuDoes(random: Random): Promise<'finished' | 'needs-spool'> {
  const [file, expected] = [await readFile(image), await decodedByQemu()];
  const { result, regions } = await decodeStored(file);
  expect(result).toEqual({ status: 'finished', virtualSizeBytes: expected.length });
  expectSame(toDisk(regions, expected.length), expected);

  const statuses = [file.length, 65_536, 2000].map((largest) => {
    const sizes = Array.from({ length: 50 }, () => 1 + random.below(largest));
    const fileSizeBytes = random.oneIn(2) ? file.length : undefined;
    const streamed = decodeChunks(new Qcow2StreamDecoder({ fileSizeBytes }), chop(file, sizes));
    if (streamed.status === 'finished') expectSame(toDisk(streamed.regions, expected.length), expected);
    return streamed.status;
  });
  const [status = 'failed'] = statuses;
  expect(statuses).toEqual(statuses.map(() => status));
  if (status !== 'finished' && status !== 'needs-spool') throw new Error(`one pass ends as ${status}`);
  return status;
}

describe.each(shapes.map((shape, index) => [shape.name, shape, index + 1] as const))('%s', (_, shape, seed) => {
  test('decodes to what QEMU reads', async () => {
    const random = new Random(seed);
    await make(shape, random);
    const status = await expectDecodedAsQemuDoes(random);
    // What a plain conversion writes never has to be stored.
    if (shape.made !== 'by writes' && !shape.afterwards) expect(status).toBe('finished');
  });
});

test('a compressed image cut before its last cluster is a problem, or still reads whole', async () => {
  const random = new Random(99);
  await makeRaw(random, size);
  await qemuImg('convert', '-f', 'raw', '-O', 'qcow2', '-c', '-o', 'compression_type=zstd', raw, image);
  const whole = await readFile(image);
  const expected = await decodedByQemu();
  for (let round = 0; round < 6; round++) {
    const length = 1 + random.below(whole.length - 64 * kib);
    const { result, regions } = await decodeStored(whole.subarray(0, length));
    if (result.status === 'finished') expectSame(toDisk(regions, expected.length), expected);
    else expect(['truncated', 'corrupt-data']).toContain(result.problem.code);
  }
});
