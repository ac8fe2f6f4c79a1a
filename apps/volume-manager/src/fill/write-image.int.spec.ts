import type { ImageIdentity } from '@hearth/contracts';
import { DriverError, type ObjectWriter } from '@hearth/driver-api';
import { qcow2Corpus } from '@hearth/image-format/testing';
import { type GlanceOptions, GlanceImageService } from '@hearth/openstack-clients';
import { type TemporaryDirectory, temporaryDirectory } from '@hearth/testing';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type FileHandle, open, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BackendRoom } from '../backends/backend-room';
import { keptLog } from '../testing/kept-log';
import type { FillOrder, FillStep } from './fill-work';
import { openFillTools } from './fill-tools';
import { writeImage } from './write-image';

const run = promisify(execFile);
const qemuImg = (...args: string[]) => run('qemu-img', args);
const MiB = 2 ** 20;

/** A file that obeys the port of an object being written. */
class FileObject implements ObjectWriter {
  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private readonly roomBytes: number,
  ) {}
  static async create(path: string, sizeBytes: number, roomBytes = Number.MAX_SAFE_INTEGER): Promise<FileObject> {
    const file = await open(path, 'w+');
    await file.truncate(sizeBytes);
    return new FileObject(path, file, roomBytes);
  }
  async write(offset: number, bytes: Uint8Array): Promise<void> {
    if (offset + bytes.length > this.roomBytes) {
      throw new DriverError('full', 'no space left', { missingBytes: offset + bytes.length - this.roomBytes });
    }
    await this.file.write(bytes, 0, bytes.length, offset);
  }
  async read(offset: number, target: Uint8Array): Promise<void> {
    await this.file.read(target, 0, target.length, offset);
  }
  async finish(): Promise<void> {
    await this.file.datasync();
    await this.file.close();
  }
  async abort(): Promise<void> {
    await this.file.close();
    await rm(this.path, { force: true });
  }
}

type Answer = (request: IncomingMessage, response: ServerResponse, bytes: Buffer) => void;
const whole: Answer = (_, response, bytes) =>
  void response.writeHead(200, { 'content-length': bytes.length }).end(bytes);

/** Patience for a test. */
const hasty = { fruitlessMax: 2, resumptionsMax: 10, progressBytes: MiB, pauseMs: 1, pauseMsMax: 5 };

let directory: TemporaryDirectory;
let bytes: Buffer;
let answer: Answer;
let asked: number;
const server = createServer((request, response) => {
  asked += 1;
  answer(request, response, bytes);
});
let source: GlanceImageService;
let tools: Awaited<ReturnType<typeof openFillTools>>;

const openSource = (patience: Partial<GlanceOptions> = {}) => {
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return new GlanceImageService({ endpoints: [endpoint], retriesMax: 2, retryWaitMs: 1, ...patience });
};
const openTools = (from: GlanceImageService) =>
  openFillTools({
    ...{ source: from, keyManager: undefined, log: keptLog(), resume: hasty },
    scratchDirectory: join(directory.path, 'scratch'),
  });

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  source = openSource();
});
afterAll(async () => {
  await source.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(async () => {
  directory = await temporaryDirectory();
  bytes = Buffer.alloc(0);
  answer = whole;
  asked = 0;
  tools = await openTools(source);
});
afterEach(async () => {
  await tools.close();
  await directory.remove();
});

const sha512 = (content: Buffer) => createHash('sha512').update(content).digest('hex');
const identity = (patch: Partial<ImageIdentity> = {}): ImageIdentity => ({
  id: '7a5d3d1c-4d0c-4d2f-9a55-0f6a2d6c1a01',
  name: 'tiny',
  updatedAt: '2026-01-02T03:04:05Z',
  osHashAlgo: 'sha512',
  osHashValue: sha512(bytes),
  checksum: null,
  sizeBytes: bytes.length,
  virtualSizeBytes: null,
  diskFormat: 'raw',
  containerFormat: 'bare',
  visibility: 'public',
  owner: null,
  minDiskGib: 0,
  minRamMib: 0,
  properties: {},
  ...patch,
});

const target = () => join(directory.path, 'object');
const write = (image: ImageIdentity, patch: Partial<FillOrder> = {}) =>
  writeImage(
    {
      image,
      unitBytes: MiB,
      virtualSizeBytesMax: 2 ** 30,
      signal: new AbortController().signal,
      open: (sizeBytes) => FileObject.create(target(), sizeBytes),
      ...patch,
    },
    tools,
  );

/** A raw disk of 8 MiB with data at its start, in its middle, and in its last sector. */
async function rawDisk(): Promise<string> {
  const path = join(directory.path, 'disk.raw');
  const disk = Buffer.alloc(8 * MiB);
  randomBytes(3 * MiB).copy(disk, 0);
  randomBytes(5000).copy(disk, 5 * MiB + 12345);
  randomBytes(512).copy(disk, 8 * MiB - 512);
  await writeFile(path, disk);
  return path;
}

async function qcow2Of(raw: string, ...options: string[]): Promise<Buffer> {
  const path = join(directory.path, 'disk.qcow2');
  await qemuImg('convert', '-f', 'raw', '-O', 'qcow2', ...options, raw, path);
  return readFile(path);
}

/** Jest compares buffers byte by byte, which takes minutes. */
async function expectBytes(expected: Buffer): Promise<void> {
  const found = await readFile(target());
  expect(found.length).toBe(expected.length);
  expect(found.equals(expected)).toBe(true);
}

async function expectNothingLeft(): Promise<void> {
  expect(existsSync(target())).toBe(false);
  const scratch = join(directory.path, 'scratch');
  expect(existsSync(scratch) ? await readdir(scratch) : []).toEqual([]);
}

async function expectFailure(work: Promise<unknown>, code: string, reason: RegExp): Promise<void> {
  await expect(work).rejects.toMatchObject({ failure: { code, reason: expect.stringMatching(reason) as string } });
  await expectNothingLeft();
}

describe('P3: the bytes of the object are those of the image', () => {
  test('raw', async () => {
    const raw = await rawDisk();
    bytes = await readFile(raw);
    const written = await write(identity());
    await expectBytes(bytes);
    expect(written).toMatchObject({
      virtualSizeBytes: 8 * MiB,
      digest: `sha512:${sha512(bytes)}`,
      verifiedBy: 'os_hash',
      bytesDownloaded: 8 * MiB,
      bytesWritten: 5 * MiB,
    });
    expect(asked).toBe(1);
  });

  test.each(['just behind', 'ahead'])(
    'qcow2 of which one cluster, %s of its tables, is the whole disk',
    async (place) => {
      const file = qcow2Corpus().find(({ name }) => name.startsWith('tables that map one') && name.includes(place));
      bytes = file?.bytes ?? bytes;
      await write(identity({ diskFormat: 'qcow2' }));
      await expectBytes(Buffer.alloc(2 * MiB, 0x41));
    },
  );

  test.each([
    ['plain', []],
    ['compressed', ['-c']],
    ['compressed with zstd', ['-c', '-o', 'compression_type=zstd']],
    ['compressed with zstd in large clusters', ['-c', '-o', 'compression_type=zstd,cluster_size=2M']],
    ['of version 2', ['-o', 'compat=0.10']],
    ['with clusters of 512 bytes', ['-o', 'cluster_size=512']],
    ['with clusters of 2 MiB', ['-o', 'cluster_size=2M']],
  ])('qcow2 %s, in one pass', async (_, options) => {
    const raw = await rawDisk();
    bytes = await qcow2Of(raw, ...options);
    const written = await write(identity({ diskFormat: 'qcow2' }));
    await expectBytes(await readFile(raw));
    expect(written.virtualSizeBytes).toBe(8 * MiB);
    expect(asked).toBe(1);
  });

  test('an image with a checksum only is compared with that, one with no hash with nothing', async () => {
    bytes = randomBytes(MiB);
    const checksum = createHash('md5').update(bytes).digest('hex');
    const plain = { osHashAlgo: null, osHashValue: null };
    expect((await write(identity({ ...plain, checksum }))).verifiedBy).toBe('checksum');
    const unverified = await write(identity(plain));
    expect(unverified).toMatchObject({ verifiedBy: 'none', digest: `sha512:${sha512(bytes)}` });
  });
});

describe('qcow2 whose tables come after its data', () => {
  let path: string;
  beforeEach(async () => {
    await qcow2Of(await rawDisk());
    path = join(directory.path, 'disk.qcow2');
    await qemuImg('snapshot', '-c', 'one', path);
    await run('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 0 1M', path]);
    bytes = await readFile(path);
  });

  test('is stored first, and nothing of it stays', async () => {
    const written = await write(identity({ diskFormat: 'qcow2' }));
    await qemuImg('convert', '-f', 'qcow2', '-O', 'raw', path, `${path}.raw`);
    await expectBytes(await readFile(`${path}.raw`));
    expect(written).toMatchObject({ verifiedBy: 'os_hash', digest: `sha512:${sha512(bytes)}` });
    expect(asked).toBe(2);
    expect(await readdir(join(directory.path, 'scratch'))).toEqual([]);
  });

  test('tells how far it is also when all of it has come: what is fetched again, and what is decoded', async () => {
    const steps: FillStep[] = [];
    const written = await write(identity({ diskFormat: 'qcow2' }), { onStep: (step) => void steps.push(step) });
    const downloads = steps.filter(({ phase }) => phase === 'download');
    const later = steps.slice(downloads.length);
    expect(written.bytesDownloaded).toBeGreaterThan(bytes.length);
    expect(downloads.at(-1)).toMatchObject({
      bytesDone: written.bytesDownloaded,
      bytesTotal: written.bytesDownloaded,
    });
    expect(later.every(({ phase }) => phase === 'convert')).toBe(true);
    const decodedBytes = later.map(({ bytesDone }) => bytesDone);
    expect(decodedBytes).toEqual([...decodedBytes].sort((one, other) => one - other));
    expect(decodedBytes.length).toBeGreaterThan(2);
    expect(later.at(-1)).toEqual({ phase: 'convert', bytesDone: 8 * MiB, bytesTotal: 8 * MiB });
  });

  test('is given up when its second download brings other bytes than the first, hash or no hash', async () => {
    const other = Buffer.from(bytes);
    other.writeUInt8(other.readUInt8(70_000) ^ 1, 70_000);
    answer = (_, response) => {
      answer = (__, second) => void second.end(other);
      response.end(bytes);
    };
    const image = identity({ diskFormat: 'qcow2', osHashAlgo: null, osHashValue: null });
    await expectFailure(write(image), 'image.download_failed', /changed while they were fetched a second time/);
  });
});

describe('what an image service may do', () => {
  beforeEach(() => (bytes = randomBytes(4 * MiB)));

  test('bytes that do not match the hash', () =>
    expectFailure(write(identity({ osHashValue: '00' })), 'image.hash_mismatch', /do not match its sha512/));
  test('a body that ends early without a length', () => {
    answer = (_, response) => void response.writeHead(200).end(bytes.subarray(0, MiB));
    return expectFailure(write(identity()), 'image.download_failed', /ended after 1048576 of 4194304 bytes/);
  });
  test('a connection that is cut', () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, MiB), () => response.destroy());
    };
    return expectFailure(write(identity()), 'image.download_failed', /could not be fetched whole/);
  });
  test('a body that stalls', async () => {
    const impatient = openSource({ stallTimeoutMs: 500 });
    await tools.close();
    tools = await openTools(impatient);
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, MiB));
    };
    await expectFailure(write(identity()), 'image.download_failed', /could not be fetched whole/);
    await impatient.close();
  });
  test('a length that is not the one of the record', async () => {
    const image = identity({ sizeBytes: 5 * MiB });
    await expectFailure(write(image), 'image.download_failed', /has 4194304 bytes, not the 5242880/);
  });
  test('a qcow2 damaged on its way is a matter of the hash, not of the image', async () => {
    bytes = await qcow2Of(await rawDisk());
    const image = identity({ diskFormat: 'qcow2' });
    // The second entry of the L1 table, or of the L2 table, now points into the middle of nowhere.
    bytes = Buffer.from(bytes);
    bytes.fill(0x7f, Number(bytes.readBigUInt64BE(40)), Number(bytes.readBigUInt64BE(40)) + 8);
    await expectFailure(write(image), 'image.hash_mismatch', /do not match/);
    const unhashed = { osHashAlgo: null, osHashValue: null };
    await expectFailure(write({ ...image, ...unhashed }), 'image.unacceptable', /cannot be read/);
  });
  test('more bytes than the record names', () => {
    answer = (_, response) => void response.writeHead(200).end(bytes);
    return expectFailure(write(identity({ sizeBytes: MiB })), 'image.download_failed', /more bytes than the 1048576/);
  });
  test('no size in the record', async () => {
    await expectFailure(write(identity({ sizeBytes: 0 })), 'image.unacceptable', /does not say how many bytes/);
    expect(asked).toBe(0);
  });
  test.each(['sha3_512', 'blake2b', 'SHA256'])('a hash that is named as in Python: %s', async (name) => {
    const node = { sha3_512: 'sha3-512', blake2b: 'blake2b512', SHA256: 'sha256' }[name]!;
    const osHashValue = createHash(node).update(bytes).digest('hex').toUpperCase();
    expect((await write(identity({ osHashAlgo: name, osHashValue }))).verifiedBy).toBe('os_hash');
  });
  test('a hash that nobody knows', () =>
    expectFailure(write(identity({ osHashAlgo: 'rot13' })), 'image.unacceptable', /rot13 is not supported/));
  test('no data', () => {
    answer = (_, response) => void response.writeHead(204).end();
    return expectFailure(write(identity()), 'image.download_failed', /has no data/);
  });
  test('an image that is gone', () => {
    answer = (_, response) => void response.writeHead(404).end();
    return expectFailure(write(identity()), 'image.not_found', /no longer exists/);
  });
  test('500 for ever is asked again and then given up', async () => {
    answer = (_, response) => void response.writeHead(500).end();
    await expectFailure(write(identity()), 'image.connection_failed', /does not answer/);
    expect(asked).toBe(3);
  });
  test('500 once does not matter', async () => {
    answer = (_, response) => {
      answer = whole;
      response.writeHead(500).end();
    };
    await write(identity());
    await expectBytes(bytes);
  });
});

describe('what an image may be', () => {
  beforeEach(() => (bytes = randomBytes(64 * 1024)));

  test.each([
    ['a backing file', /backing-file/, ['-b', '/etc/hostname', '-F', 'raw']],
    ['an external data file', /data-file/, ['-o', 'data_file=data.raw']],
  ])('qcow2 with %s is refused before anything is opened', async (_, check, options) => {
    const path = join(directory.path, 'evil.qcow2');
    await qemuImg(
      'create',
      '-f',
      'qcow2',
      ...options.map((option) => option.replace('data.raw', join(directory.path, 'data.raw'))),
      path,
      '1M',
    );
    bytes = await readFile(path);
    await expectFailure(write(identity({ diskFormat: 'qcow2' })), 'image.unacceptable', check);
  });
  test('qcow2 that claims to be raw is refused', async () => {
    bytes = await qcow2Of(await rawDisk());
    await expectFailure(write(identity()), 'image.unacceptable', /format-mismatch/);
  });
  test('raw that claims to be qcow2 is refused', () =>
    expectFailure(write(identity({ diskFormat: 'qcow2' })), 'image.unacceptable', /not acceptable/));
  test.each([
    ['disk format', { diskFormat: 'qed' }],
    ['container format', { containerFormat: 'ova' }],
  ])('an unknown %s is refused with what is supported, and not fetched', async (what, patch) => {
    await expectFailure(write(identity(patch)), 'image.unacceptable', new RegExp(`${what} .* not supported`));
    expect(asked).toBe(0);
  });
});

describe('what may happen on this side', () => {
  beforeEach(() => (bytes = randomBytes(8 * MiB)));

  test('a full backend says how much was missing for the whole image', () => {
    const free = [2 ** 20, 0];
    const capacity = () =>
      Promise.resolve([{ pool: 'here', totalGib: 1, freeGib: free.shift()!, provisionedGib: 0, thin: true }]);
    const openWatched: FillOrder['open'] = async (sizeBytes, dataBytes) => {
      const reservation = await new BackendRoom({ capacity }).reserve('here', dataBytes);
      return reservation.watch(await FileObject.create(target(), sizeBytes, 3 * MiB));
    };
    // Five of eight, and those that were under way.
    return expectFailure(write(identity(), { open: openWatched }), 'backend.full', / [5-8] MiB are missing/);
  });
  test('what `open` throws is passed on as it is', async () => {
    const refusal = new Error('too large for this volume');
    await expect(write(identity(), { open: () => Promise.reject(refusal) })).rejects.toBe(refusal);
    await expectNothingLeft();
  });
  test('a process that is asked to end stops in the middle and leaves nothing', async () => {
    const controller = new AbortController();
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, MiB));
    };
    const work = write(identity(), {
      signal: controller.signal,
      onStep: () => controller.abort(new Error('ending')),
    });
    await expect(work).rejects.toThrow('ending');
    await expectNothingLeft();
  });
});

/** Collects garbage, so that what is counted afterwards is what is held. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('a large sparse image holds no more memory than a small one', async () => {
  const block = Buffer.alloc(MiB);
  const total = 1024;
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': total * MiB });
    const send = (left: number): void => {
      if (left === 0) return void response.end();
      response.write(block, () => send(left - 1));
    };
    send(total);
  };
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  let [peakBytes, looks] = [0, 0];
  const image = identity({ sizeBytes: total * MiB, osHashAlgo: null, osHashValue: null, checksum: null });
  const written = await write(image, {
    onStep: ({ bytesDone }) => {
      if (bytesDone < looks * 64 * MiB) return;
      looks += 1;
      collectGarbage();
      peakBytes = Math.max(peakBytes, process.memoryUsage().arrayBuffers - before);
    },
  });
  expect(written).toMatchObject({ bytesDownloaded: total * MiB, bytesWritten: 0 });
  expect(looks).toBe(17);
  expect(peakBytes).toBeLessThan(32 * MiB);
}, 60_000);
