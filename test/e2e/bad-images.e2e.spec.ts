import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { type MountedFilesystem, runProgram, withFilesystem } from '@hearth/testing/servers';
import { endOf } from '../../tools/dev-stack/src/demo/seen';
import { objectsOfLog, objectsOnDisk } from './disk-and-log';
import { type ImageToServe, ImageServer } from './image-server';
import { startTestStack, type TestStack } from './stack';

jest.setTimeout(180_000);

const mib = 1024 * 1024;
const bytes = randomBytes(4 * mib);

let filesystem: MountedFilesystem;
let scratch: TemporaryDirectory;
let images: ImageServer;
let stack: TestStack;

beforeAll(async () => {
  filesystem = await withFilesystem('ext4', { sizeMib: 1536 });
  scratch = await temporaryDirectory('hearth-bad-images-');
  images = await ImageServer.start();
  stack = await startTestStack({ imageServiceUrl: images.url, backendDirectory: filesystem.directory });
});

afterAll(async () => {
  await stack?.stop();
  await images?.stop();
  await scratch?.remove();
  await filesystem?.stop();
});

/** Creates a volume of the image, waits for the end, and tells the failure; null when there was none. */
async function failureOf(image: ImageToServe): Promise<{ code: string; reason: string } | null> {
  const { id } = await stack.api.create({ size: 1, imageRef: images.add(image) });
  const { event } = await stack.watch.until((seen) => endOf(seen, id), `the end of the create of ${id}`, 120_000);
  const volume = await stack.api.settled(id);
  expect(volume.status).toBe(event.type === 'VolumeProvisioned' ? 'available' : 'error');
  return 'failure' in event.data ? event.data.failure : null;
}

const nothingIsLeft = () =>
  eventually(
    async () => {
      const [disk, log] = await Promise.all([objectsOnDisk(stack.backendDirectory), objectsOfLog(stack.nats.url)]);
      return disk.join() === log.join();
    },
    { timeoutMs: 60_000, intervalMs: 200, what: 'the disk holding what the log says' },
  );

async function qcow2(name: string, ...options: string[]): Promise<Buffer> {
  const file = join(scratch.path, name);
  await runProgram(['qemu-img', 'create', '-q', '-f', 'qcow2', ...options, file, '16M']);
  return readFile(file);
}

test('an image whose bytes do not match its hash makes no volume', async () => {
  expect(await failureOf({ bytes, flaw: { kind: 'wrong-hash' } })).toMatchObject({ code: 'image.hash_mismatch' });
  await nothingIsLeft();
});

test('an image that ends early makes no volume', async () => {
  const flaw = { kind: 'ends-early', afterBytes: mib } as const;
  expect(await failureOf({ bytes, flaw })).toMatchObject({
    code: expect.stringMatching(/^(image|placement)\./) as string,
  });
  await nothingIsLeft();
});

test('an image that stalls is given up', async () => {
  const flaw = { kind: 'stalls', afterBytes: mib } as const;
  expect(await failureOf({ bytes, flaw })).toMatchObject({
    code: expect.stringMatching(/^(image|placement)\./) as string,
  });
  await nothingIsLeft();
});

test('an image whose server answers 500 makes no volume', async () => {
  const flaw = { kind: 'answers-500' } as const;
  expect(await failureOf({ bytes, flaw })).toMatchObject({
    code: expect.stringMatching(/^(image|placement)\./) as string,
  });
  await nothingIsLeft();
});

test('a qcow2 with a backing file is refused by name', async () => {
  await qcow2('base.qcow2');
  const image = await qcow2('backed.qcow2', '-b', join(scratch.path, 'base.qcow2'), '-F', 'qcow2');
  const failure = await failureOf({ bytes: image, diskFormat: 'qcow2', virtualSizeBytes: 16 * mib });
  expect(failure).toMatchObject({ code: 'image.unacceptable', reason: expect.stringMatching(/backing/i) as string });
  await nothingIsLeft();
});

test('a qcow2 with an external data file is refused by name', async () => {
  const data = join(scratch.path, 'data.raw');
  const image = await qcow2('external.qcow2', '-o', `data_file=${data}`);
  const failure = await failureOf({ bytes: image, diskFormat: 'qcow2', virtualSizeBytes: 16 * mib });
  expect(failure).toMatchObject({ code: 'image.unacceptable', reason: expect.stringMatching(/data file/i) as string });
  await nothingIsLeft();
});

test('a disk that fills up during a fill is told, and nothing of the fill stays', async () => {
  const image = randomBytes(64 * mib);
  const imageRef = images.add({ bytes: image, flaw: { kind: 'waits', afterBytes: 8 * mib } });
  const { id } = await stack.api.create({ size: 1, imageRef });
  await eventually(() => images.downloadsOf(imageRef) > 0);
  const filler = join(filesystem.directory, 'filler');
  const leaveFreeBytes = 16 * mib;
  await runProgram(['fallocate', '-l', String((await freeBytes(filesystem.directory)) - leaveFreeBytes), filler]);
  images.release(imageRef);
  const { event } = await stack.watch.until((seen) => endOf(seen, id), 'the end of the create', 120_000);
  await rm(filler);
  expect(event.type).not.toBe('VolumeProvisioned');
  expect(event.data).toMatchObject({ failure: { reason: expect.stringMatching(/./) as string } });
  await nothingIsLeft();
});

test('after all of that a good image still makes a volume', async () => {
  expect(await failureOf({ bytes })).toBeNull();
  await nothingIsLeft();
});

async function freeBytes(directory: string): Promise<number> {
  const text = await runProgram(['stat', '--file-system', '--format', '%a %S', directory]);
  const [blocks = 0, blockBytes = 0] = text.trim().split(' ').map(Number);
  return blocks * blockBytes;
}
