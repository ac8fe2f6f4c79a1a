import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createInspector } from '../inspect/inspector';
import { chop, decodeChunks, decodeStored, toDisk } from '../testing/decoding';
import { Qcow2StreamDecoder } from './stream.decoder';

const run = promisify(execFile);
const kib = 1024;
const mib = 1024 * kib;

let folder: string;
let raw: string;
let image: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-image-format-'));
  raw = join(folder, 'disk.raw');
  image = join(folder, 'disk.qcow2');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Piece {
  readonly at: number;
  readonly bytes: Buffer;
}

/** Data that does not deflate, data that does, zeros that are written, and data in the disk's last bytes. */
function variedPieces(sizeBytes: number): Piece[] {
  return [
    { at: 0, bytes: randomBytes(300 * kib) },
    { at: 400 * kib + 512, bytes: Buffer.from('all work and no play '.repeat(12_000)) },
    { at: 1 * mib, bytes: Buffer.alloc(256 * kib) },
    { at: 2 * mib + 4096, bytes: Buffer.from(randomBytes(64 * kib).toString('base64')) },
    { at: 5 * mib, bytes: randomBytes(mib) },
    { at: sizeBytes - 700, bytes: randomBytes(700) },
  ];
}

async function makeRaw(sizeBytes: number, pieces: readonly Piece[]): Promise<void> {
  const file = await open(raw, 'w');
  await file.truncate(sizeBytes);
  for (const { at, bytes } of pieces) await file.write(bytes, 0, bytes.length, at);
  await file.close();
}

const convert = (...options: string[]) =>
  run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', ...options, raw, image]);
const qemuIo = (...commands: string[]) =>
  run('qemu-io', ['-f', 'qcow2', ...commands.flatMap((command) => ['-c', command]), image]);

/** What QEMU makes of the image. */
async function decodedByQemu(): Promise<Buffer> {
  const decoded = join(folder, 'decoded.raw');
  await run('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', image, decoded]);
  return readFile(decoded);
}

function expectSame(disk: Buffer, expected: Buffer): void {
  expect(disk.length).toBe(expected.length);
  expect(disk.compare(expected)).toBe(0);
}

/** Accepts the image, decodes it both ways, and compares both with QEMU. */
async function expectDecodedAsQemuDoes({ onePass }: { onePass: 'finished' | 'needs-spool' }): Promise<void> {
  const [file, expected] = [await readFile(image), await decodedByQemu()];
  const inspector = createInspector({ declared: 'qcow2' });
  inspector.push(file);
  expect(inspector.end()).toMatchObject({ kind: 'accepted', virtualSizeBytes: expected.length });

  const streamed = decodeChunks(
    new Qcow2StreamDecoder({ fileSizeBytes: file.length }),
    chop(file, [65_536, 7, 100_001]),
  );
  expect(streamed.last).toMatchObject({ status: onePass });
  if (onePass === 'finished') expectSame(toDisk(streamed.regions, expected.length), expected);

  const stored = await decodeStored(file);
  expect(stored.result).toEqual({ status: 'finished', virtualSizeBytes: expected.length });
  expectSame(toDisk(stored.regions, expected.length), expected);
}

const clusterSizes = [512, 1 * kib, 4 * kib, 64 * kib, 256 * kib, 2 * mib];

describe.each(clusterSizes)('qemu-img convert with clusters of %d bytes', (clusterSize) => {
  beforeEach(() => makeRaw(12 * mib + 3 * 512, variedPieces(12 * mib + 3 * 512)));

  test('is decoded in one pass', async () => {
    await convert('-o', `cluster_size=${clusterSize}`);
    await expectDecodedAsQemuDoes({ onePass: 'finished' });
  });

  test('is decoded in one pass when compressed', async () => {
    await convert('-c', '-o', `cluster_size=${clusterSize}`);
    await expectDecodedAsQemuDoes({ onePass: 'finished' });
  });

  test('is decoded in one pass as version 2, compressed', async () => {
    await convert('-c', '-o', `compat=0.10,cluster_size=${clusterSize}`);
    await expectDecodedAsQemuDoes({ onePass: 'finished' });
  });
});

describe('qemu-img convert', () => {
  test('of a disk of several L2 tables is decoded in one pass, also when written out of order', async () => {
    const pieces = [0, 700, 1100].map((at) => ({ at: at * mib, bytes: randomBytes(3 * mib) }));
    await makeRaw(1200 * mib, pieces);
    await convert('-W', '-m', '8', '-o', 'cluster_size=64k');
    const file = await readFile(image);
    const { regions, status } = decodeChunks(new Qcow2StreamDecoder(), chop(file, [99_999]));
    expect(status).toBe('finished');
    for (const { at, bytes } of pieces) {
      const disk = Buffer.alloc(bytes.length);
      for (const region of regions.filter(({ offset }) => offset >= at && offset < at + bytes.length)) {
        region.bytes.copy(disk, region.offset - at);
      }
      expectSame(disk, bytes);
    }
    expect(regions.reduce((sum, region) => sum + region.bytes.length, 0)).toBe(9 * mib);
  });

  test.each(['metadata', 'falloc', 'full'])('with preallocation=%s is decoded in one pass', async (preallocation) => {
    await makeRaw(12 * mib, variedPieces(12 * mib));
    await convert('-o', `preallocation=${preallocation}`);
    await expectDecodedAsQemuDoes({ onePass: 'finished' });
  });

  test('of plain data between compressed clusters that share one, across L2 tables, is decoded in one pass', async () => {
    const text = Buffer.from('a line of a log file\n'.repeat(400));
    await makeRaw(12 * mib, [
      { at: 0, bytes: text },
      { at: 64 * kib, bytes: randomBytes(3 * mib) },
      { at: 4 * mib, bytes: text },
      { at: 5 * mib, bytes: randomBytes(2 * mib) },
      { at: 8 * mib, bytes: text },
    ]);
    await convert('-c', '-o', 'cluster_size=4k');
    await expectDecodedAsQemuDoes({ onePass: 'finished' });
  });

  test('of a disk of zeros yields no region', async () => {
    await makeRaw(20 * mib, []);
    await convert();
    expect(decodeChunks(new Qcow2StreamDecoder(), [await readFile(image)])).toMatchObject({
      status: 'finished',
      regions: [],
      last: { virtualSizeBytes: 20 * mib },
    });
  });
});

describe('an image that has been written to', () => {
  beforeEach(() => makeRaw(12 * mib, variedPieces(12 * mib)));

  test('with clusters marked as zeros, allocated and not, is decoded in one pass', async () => {
    await convert();
    await qemuIo('write -z 128k 64k', 'write -z -u 5M 256k', 'write -z 8M 1M');
    await expectDecodedAsQemuDoes({ onePass: 'finished' });
  });

  test('and grown is decoded in one pass', async () => {
    await convert();
    await run('qemu-img', ['resize', '-f', 'qcow2', image, '50M']);
    await qemuIo('write -P 0x5a 40M 100k');
    await expectDecodedAsQemuDoes({ onePass: 'finished' });
  });

  test('and whose L1 table was moved to its end when it grew asks to be spooled', async () => {
    await convert('-o', 'cluster_size=512');
    await run('qemu-img', ['resize', '-f', 'qcow2', image, '500M']);
    await expectDecodedAsQemuDoes({ onePass: 'needs-spool' });
  });

  test('over an internal snapshot asks to be spooled, and shows the disk as it is now', async () => {
    await convert();
    await run('qemu-img', ['snapshot', '-c', 'before', image]);
    await qemuIo('write -P 0x77 64k 200k', 'write -P 0x78 6M 64k');
    await expectDecodedAsQemuDoes({ onePass: 'needs-spool' });
  });

  test('with compressed clusters overwritten by plain ones is decoded in one pass', async () => {
    await convert('-c');
    await qemuIo('write -P 0x11 448k 64k', 'write -P 0x12 2M 70k');
    await expectDecodedAsQemuDoes({ onePass: 'finished' });
  });
});

test('a file whose last cluster is cut short reads zeros there, as in QEMU', async () => {
  await makeRaw(4 * mib, [{ at: 0, bytes: randomBytes(4 * mib) }]);
  await convert();
  const file = await open(image, 'r+');
  const { size } = await file.stat();
  await file.truncate(size - 10_000);
  await file.close();
  await expectDecodedAsQemuDoes({ onePass: 'finished' });
});
