import type { ImageIdentity } from '@hearth/contracts';
import type { VolumeDriver } from '@hearth/driver-api';
import { openDriver, programRunner } from '@hearth/drivers';
import type { ImageBytes } from '@hearth/openstack-clients';
import { type TemporaryDirectory, temporaryDirectory } from '@hearth/testing';
import { type MountedFilesystem, requireProgram, runProgram, withFilesystem } from '@hearth/testing/servers';
import { createCipheriv, createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BackendRoom } from '../backends/backend-room';
import { keptLog } from '../testing/kept-log';
import type { FillOrder } from './fill-work';
import { openFillTools } from './fill-tools';
import { writeImage } from './write-image';

// The real driver on real file systems, small enough to fill up.
jest.setTimeout(120_000);

const MiB = 2 ** 20;
const object = { pool: 'here', name: 'volume-0a1b2c3d' };
const environment = { run: programRunner(), log: { info: () => undefined, warn: () => undefined } };

let xfs: MountedFilesystem;
let small: MountedFilesystem;
let images: TemporaryDirectory;
let driver: VolumeDriver;
let qemuImg: string;

beforeAll(async () => {
  qemuImg = await requireProgram('qemu-img', { debianPackage: 'qemu-utils' });
  images = await temporaryDirectory();
  xfs = await withFilesystem('xfs', { sizeMib: 1_024 });
  small = await withFilesystem('ext4', { sizeMib: 24 });
});
afterAll(async () => {
  await driver?.close();
  await xfs?.stop();
  await small?.stop();
  await images?.remove();
});
beforeEach(async () => {
  await driver?.close();
  driver = await openOn(xfs);
  await driver.remove(object);
});

const openOn = ({ directory }: MountedFilesystem) =>
  openDriver('file', { directory: join(directory, 'volumes'), pool: 'here' }, environment);

/** A disk of 96 MiB: 40 MiB of noise with a hole in it, and its last sector. */
async function rawDisk(): Promise<string> {
  const path = join(images.path, 'disk.raw');
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16)).update(Buffer.alloc(40 * MiB));
  const file = await open(path, 'w');
  await file.truncate(96 * MiB);
  await file.write(noise, 0, 24 * MiB, 0);
  await file.write(noise, 24 * MiB, 16 * MiB, 60 * MiB);
  await file.write(noise, 0, 512, 96 * MiB - 512);
  await file.close();
  return path;
}

async function convert(from: string, to: string, ...options: string[]): Promise<string> {
  const path = join(images.path, to);
  await runProgram([qemuImg, 'convert', '-O', to.replace(/.*\./, ''), ...options, from, path]);
  return path;
}

/** Tables behind the data: a snapshot makes the next write copy the table, to the end of the file. */
async function lateTables(): Promise<string> {
  const path = await convert(await rawDisk(), 'late.qcow2');
  await runProgram([qemuImg, 'snapshot', '-c', 'one', path]);
  await runProgram(['qemu-io', '-f', 'qcow2', '-c', 'write -P 7 0 1M', path]);
  return path;
}

async function sha512(path: string): Promise<string> {
  const hash = createHash('sha512');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function imageOf(path: string, diskFormat: string): Promise<ImageIdentity> {
  return {
    id: '7a5d3d1c-4d0c-4d2f-9a55-0f6a2d6c1a01',
    name: null,
    updatedAt: '2026-01-02T03:04:05Z',
    osHashAlgo: 'sha512',
    osHashValue: await sha512(path),
    checksum: null,
    sizeBytes: (await stat(path)).size,
    virtualSizeBytes: null,
    diskFormat,
    containerFormat: 'bare',
    visibility: 'public',
    owner: null,
    minDiskGib: 0,
    minRamMib: 0,
    properties: {},
  };
}

async function write(
  path: string,
  diskFormat: string,
  patch: Partial<FillOrder> = {},
  scratchDirectory = join(xfs.directory, 'scratch'),
) {
  const source = {
    open: (): Promise<ImageBytes> =>
      Promise.resolve({ lengthBytes: undefined, fromByte: 0, chunks: createReadStream(path) as AsyncIterable<Buffer> }),
  };
  const tools = await openFillTools({
    ...{ source, scratchDirectory, keyManager: undefined, log: keptLog() },
  });
  const order: FillOrder = {
    image: await imageOf(path, diskFormat),
    unitBytes: driver.capabilities.preferredWriteBytes,
    virtualSizeBytesMax: 2 ** 30,
    signal: new AbortController().signal,
    open: () => driver.openWriter(object, 1),
    ...patch,
  };
  return writeImage(order, tools).finally(tools.close);
}

async function expectDisk(expected: string): Promise<void> {
  const written = join(xfs.directory, 'volumes', object.name);
  await runProgram([qemuImg, 'compare', '-f', 'raw', '-F', 'raw', expected, written]);
}

test.each([
  ['raw', 'disk.raw', []],
  ['qcow2', 'plain.qcow2', []],
  ['qcow2', 'compressed.qcow2', ['-c']],
  ['qcow2', 'preallocated.qcow2', ['-o', 'preallocation=metadata']],
  ['qcow2', 'lazy.qcow2', ['-o', 'lazy_refcounts=on,cluster_size=4k']],
] as const)('%s, %s: the volume is what qemu-img makes of the image, with its holes', async (format, name, options) => {
  const raw = await rawDisk();
  const image = format === 'raw' ? raw : await convert(raw, name, ...options);
  const written = await write(image, format);
  await expectDisk(raw);
  expect(written).toMatchObject({ virtualSizeBytes: 96 * MiB, bytesWritten: 41 * MiB });
  const { blocks } = await stat(join(xfs.directory, 'volumes', object.name));
  expect(blocks * 512).toBeLessThan(48 * MiB);
});

test('an image whose tables come late is decoded from the scratch directory, which is empty afterwards', async () => {
  const image = await lateTables();
  const raw = await convert(image, 'late.raw', '-f', 'qcow2');
  await write(image, 'qcow2');
  await expectDisk(raw);
  expect(await readdir(join(xfs.directory, 'scratch'))).toEqual([]);
});

test('a backend that fills up fails the fill with what is missing, and keeps nothing', async () => {
  await driver.close();
  driver = await openOn(small);
  // The pool counted on more room than there was when the writing began.
  const room = new BackendRoom({ capacity: () => (looks++ > 0 ? driver.capacity() : Promise.resolve([believed])) });
  const believed = { pool: 'here', totalGib: 1, freeGib: 1, provisionedGib: 0, thin: true };
  let looks = 0;
  const failing = write(await rawDisk(), 'raw', {
    open: async (_, dataBytes) => (await room.reserve('here', dataBytes)).watch(await driver.openWriter(object, 1)),
  });
  // 96 MiB, less than 24 of which have found a place.
  await expect(failing).rejects.toMatchObject({
    failure: {
      code: 'backend.full',
      reason: expect.stringMatching(/no room for the image. (7[2-9]|8\d|9[0-6]) MiB are missing/) as string,
    },
  });
  expect(room.promisedBytes('here')).toBe(0);
  expect(await driver.describe(object)).toBeUndefined();
  expect((await readdir(join(small.directory, 'volumes'))).filter((name) => name.includes(object.name))).toEqual([]);
});

test('I.25: a scratch directory that fills up fails the fill as an image too big, and keeps nothing', async () => {
  const scratchDirectory = join(small.directory, 'scratch');
  await mkdir(scratchDirectory, { recursive: true });
  const failing = write(await lateTables(), 'qcow2', {}, scratchDirectory);
  await expect(failing).rejects.toMatchObject({
    failure: { code: 'image.too_big', detail: expect.stringContaining(scratchDirectory) as string },
  });
  expect(await readdir(scratchDirectory)).toEqual([]);
  expect(await driver.describe(object)).toBeUndefined();
});

test('what cannot be removed after a failure is told with it', async () => {
  const image = await imageOf(await rawDisk(), 'raw');
  const openStuck = async () => {
    const writer = await driver.openWriter(object, 1);
    return { ...bound(writer), abort: () => writer.abort().then(() => Promise.reject(new Error('it is stuck'))) };
  };
  const failing = write(join(images.path, 'disk.raw'), 'raw', {
    image: { ...image, osHashValue: '00' },
    open: openStuck,
  });
  await expect(failing).rejects.toMatchObject({
    failure: { code: 'image.hash_mismatch', detail: expect.stringContaining('it is stuck') as string },
  });
});

function bound(writer: Awaited<ReturnType<VolumeDriver['openWriter']>>) {
  const { write: put, read, finish, abort } = writer;
  return { write: put.bind(writer), read: read.bind(writer), finish: finish.bind(writer), abort: abort.bind(writer) };
}
