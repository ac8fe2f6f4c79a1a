import type { ImageIdentity } from '@hearth/contracts';
import type { VolumeDriver } from '@hearth/driver-api';
import { openDriver, programRunner } from '@hearth/drivers';
import type { ImageBytes } from '@hearth/openstack-clients';
import { type TemporaryDirectory, temporaryDirectory } from '@hearth/testing';
import { type MountedFilesystem, requireProgram, runProgram, withFilesystem } from '@hearth/testing/servers';
import { createCipheriv, createHash } from 'node:crypto';
import { open, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { keptLog } from '../testing/kept-log';
import { BlockThreads } from './disk/block-threads';
import { digestOfObject } from './disk/content-digest';
import { openFillTools } from './fill-tools';
import type { FillOrder, FillStep } from './fill-work';
import { writeImage } from './write-image';

// Images that are stored before they can be read, through the real programs and the real driver, on file systems that are soon full.
jest.setTimeout(120_000);

const MiB = 2 ** 20;
const GiB = 2 ** 30;
const object = { pool: 'here', name: 'volume-0a1b2c3d' };

let xfs: MountedFilesystem;
let small: MountedFilesystem;
let images: TemporaryDirectory;
let driver: VolumeDriver;
let qemuImg: string;

beforeAll(async () => {
  qemuImg = await requireProgram('qemu-img', { debianPackage: 'qemu-utils' });
  images = await temporaryDirectory();
  xfs = await withFilesystem('xfs', { sizeMib: 2_048 });
  small = await withFilesystem('ext4', { sizeMib: 48 });
  const environment = { run: programRunner(), log: { info: () => undefined, warn: () => undefined } };
  driver = await openDriver('file', { directory: join(xfs.directory, 'volumes'), pool: 'here' }, environment);
});
afterAll(async () => {
  await driver?.close();
  await xfs?.stop();
  await small?.stop();
  await images?.remove();
});
beforeEach(() => driver.remove(object));

const at = (name: string) => join(images.path, name);
const volume = () => join(xfs.directory, 'volumes', object.name);
/** On the backend's own file system its storage is shared; on another it is copied. */
const shared = () => join(xfs.directory, 'scratch');
const copied = () => join(small.directory, 'scratch');

interface Filling extends Partial<FillOrder> {
  readonly diskFormat: string;
  readonly containerFormat?: string;
  readonly scratchDirectory?: string;
  readonly sizeGib?: number;
  /** What comes instead of the image. */
  readonly sent?: Buffer;
}

async function write(bytes: Buffer, filling: Filling) {
  const { diskFormat, containerFormat = 'bare', scratchDirectory = shared(), sizeGib = 1, sent, ...patch } = filling;
  const chunks = async function* () {
    for (let from = 0; from < bytes.length; from += 65_536) yield (sent ?? bytes).subarray(from, from + 65_536);
  };
  const source = {
    open: (): Promise<ImageBytes> => Promise.resolve({ lengthBytes: undefined, fromByte: 0, chunks: chunks() }),
  };
  const tools = await openFillTools({ source, scratchDirectory, keyManager: undefined, log: keptLog() });
  const image: ImageIdentity = {
    ...{ id: '7a5d3d1c-4d0c-4d2f-9a55-0f6a2d6c1a01', name: null, updatedAt: '2026-01-02T03:04:05Z' },
    ...{ osHashAlgo: 'sha256', osHashValue: createHash('sha256').update(bytes).digest('hex'), checksum: null },
    ...{ sizeBytes: bytes.length, virtualSizeBytes: null, diskFormat, containerFormat, visibility: 'public' },
    ...{ owner: null, minDiskGib: 0, minRamMib: 0, properties: {} },
  };
  const order: FillOrder = {
    ...{ image, unitBytes: driver.capabilities.preferredWriteBytes, virtualSizeBytesMax: 2 * sizeGib * GiB },
    signal: new AbortController().signal,
    open: () => driver.openWriter(object, sizeGib),
    ...patch,
  };
  try {
    return await writeImage(order, tools);
  } finally {
    expect(tools.scratch.promisedBytes).toBe(0);
    expect(await readdir(scratchDirectory)).toEqual([]);
    await tools.close();
  }
}

/** What the volume holds, read in another way than it was written. */
async function digestOfVolume(): Promise<string> {
  const reader = await driver.openReader(object);
  const threads = new BlockThreads();
  try {
    return (await digestOfObject(reader, () => Promise.resolve(), threads)).contentDigest;
  } finally {
    await threads.close();
    await reader.close();
  }
}

async function expectVolume(path: string, format: string): Promise<void> {
  await runProgram([qemuImg, 'compare', '-f', format, '-F', 'raw', path, volume()]);
}

const allocatedBytes = async (path: string) => (await stat(path)).blocks * 512;

describe('a vhdx of 127 GiB with a few MiB of data', () => {
  /** What qemu-img makes of it. */
  let plain: string;
  let bytes: Buffer;
  beforeAll(async () => {
    const path = at('large.vhdx');
    await runProgram([qemuImg, 'create', '-q', '-f', 'vhdx', '-o', 'block_size=1M', path, '127G']);
    const writes = ['write -P 1 0 1M', 'write -P 2 77G 3M', `write -P 3 ${127 * GiB - 4096} 4096`];
    await runProgram(['qemu-io', '-f', 'vhdx', ...writes.flatMap((line) => ['-c', line]), path]);
    bytes = await readFile(path);
    plain = join(xfs.directory, 'plain.raw');
    await runProgram([qemuImg, 'convert', '-f', 'vhdx', '-O', 'raw', path, plain]);
  });

  test.each([
    ['whose storage the backend shares', shared, 0],
    ['that is copied', copied, 1],
  ])('%s: a scratch directory of less than its size will do, and its holes are not visited', async (_, scratch) => {
    const steps: FillStep[] = [];
    const written = await write(bytes, {
      ...{ diskFormat: 'vhdx', sizeGib: 127, onStep: (step) => steps.push(step), scratchDirectory: scratch() },
      unitBytes: 65_536,
    });
    await expectVolume(plain, 'raw');
    expect(written).toMatchObject({ virtualSizeBytes: 127 * GiB, contentDigest: await digestOfVolume() });
    expect(await allocatedBytes(volume())).toBeLessThan(8 * MiB);
    const converted = steps.filter(({ phase }) => phase === 'convert').map(({ bytesDone }) => bytesDone);
    expect(converted).toEqual([...converted].sort((one, other) => one - other));
    expect(converted.at(-1)).toBe(127 * GiB);
    expect(converted.some((done) => done > 64 * GiB && done < 127 * GiB)).toBe(true);
  });
});

test('a disk that does not fit is told so before anything is converted', async () => {
  const path = at('too-large.vdi');
  await runProgram([qemuImg, 'create', '-q', '-f', 'vdi', path, '3G']);
  const refusal = new Error('a volume of 1 GiB');
  const asked: number[] = [];
  const phases = new Set<string>();
  const failing = write(await readFile(path), {
    diskFormat: 'vdi',
    onStep: ({ phase }) => phases.add(phase),
    open: (virtualSizeBytes) => {
      asked.push(virtualSizeBytes);
      return Promise.reject(refusal);
    },
  });
  await expect(failing).rejects.toBe(refusal);
  expect(asked).toEqual([3 * GiB]);
  expect([...phases]).toEqual(['download']);
});

describe('a packed image', () => {
  const packed = { containerFormat: 'compressed' };
  let raw: string;
  beforeAll(async () => {
    raw = at('disk.raw');
    const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16)).update(Buffer.alloc(5 * MiB));
    const file = await open(raw, 'w');
    await file.truncate(300 * MiB + 512);
    await file.write(noise, 0, 3 * MiB, 0);
    await file.write(noise, 3 * MiB, 2 * MiB, 200 * MiB + 4_096);
    await file.write(noise, 0, 512, 300 * MiB);
    await file.close();
  });

  test.each([
    ['raw', 'shares', shared],
    ['raw', 'copies', copied],
    ['qcow2', 'copies', copied],
    ['vmdk', 'shares', shared],
  ])('%s inside, where the backend %s it: the volume is the disk, with its holes', async (diskFormat, _, scratch) => {
    const path = diskFormat === 'raw' ? raw : at(`packed.${diskFormat}`);
    if (diskFormat !== 'raw') await runProgram([qemuImg, 'convert', '-f', 'raw', '-O', diskFormat, raw, path]);
    const bytes = gzipSync(await readFile(path), { level: 1 });
    const steps: FillStep[] = [];
    const onStep = (step: FillStep) => steps.push(step);
    const written = await write(bytes, { ...packed, diskFormat, scratchDirectory: scratch(), onStep });
    await expectVolume(path, diskFormat);
    const { virtualSizeBytes } = written;
    expect(steps.at(-1)).toEqual({ phase: 'convert', bytesDone: virtualSizeBytes, bytesTotal: virtualSizeBytes });
    expect(written).toMatchObject({ bytesDownloaded: bytes.length, contentDigest: await digestOfVolume() });
    // Of the raw disk's 300 MiB nothing but the noise is anywhere, in the scratch directory of 48 MiB neither.
    expect(await allocatedBytes(volume())).toBeLessThan(8 * MiB);
  });

  test('that unpacks to more than the scratch directory has room for ends as it fills, and says what is missing', async () => {
    const bomb = gzipSync(Buffer.alloc(400 * MiB, 1), { level: 1 });
    expect(bomb.length).toBeLessThan(4 * MiB);
    await expect(write(bomb, { ...packed, diskFormat: 'raw', scratchDirectory: copied() })).rejects.toMatchObject({
      failure: { code: 'image.too_big', reason: expect.stringContaining('MiB are missing') as string },
    });
  });

  test('that unpacks to more than any disk that is allowed here is given up', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * MiB), { level: 1 });
    await expect(write(bomb, { ...packed, diskFormat: 'raw', virtualSizeBytesMax: 60 * MiB })).rejects.toMatchObject({
      failure: { code: 'image.too_big', reason: expect.stringContaining('more than the') as string },
    });
  });

  test('whose bytes were damaged on their way is a matter of the hash, not of the image', async () => {
    const bytes = gzipSync(await readFile(raw), { level: 1 });
    const sent = Buffer.from(bytes);
    sent.fill(0xff, 1_000_000, 1_000_100);
    await expect(write(bytes, { ...packed, diskFormat: 'raw', sent })).rejects.toMatchObject({
      failure: { code: 'image.hash_mismatch' },
    });
    await expect(write(sent, { ...packed, diskFormat: 'raw' })).rejects.toMatchObject({
      failure: { code: 'image.unacceptable', reason: expect.stringContaining('gzip:') as string },
    });
  });

  test('with something behind its end is refused', async () => {
    const bytes = Buffer.concat([gzipSync(Buffer.alloc(MiB, 7)), Buffer.from('and more')]);
    await expect(write(bytes, { ...packed, diskFormat: 'raw' })).rejects.toMatchObject({
      failure: { code: 'image.unacceptable', reason: expect.stringContaining('gzip:') as string },
    });
  });

  test('that holds a disk with a parent is refused by name', async () => {
    await writeFile(at('base.raw'), '');
    await runProgram([
      qemuImg,
      'create',
      '-q',
      '-f',
      'qcow2',
      '-b',
      at('base.raw'),
      '-F',
      'raw',
      at('backed.qcow2'),
      '1M',
    ]);
    const bytes = gzipSync(await readFile(at('backed.qcow2')));
    await expect(write(bytes, { ...packed, diskFormat: 'qcow2' })).rejects.toMatchObject({
      failure: { code: 'image.unacceptable', reason: expect.stringContaining('backing-file') as string },
    });
  });
});
