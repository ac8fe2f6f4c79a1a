import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Failure, FailureCode, VolumeEvent } from '@hearth/contracts';
import { eventually, temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { type MountedFilesystem, runProgram, withFilesystem } from '@hearth/testing/servers';
import type { Seen } from '../../tools/dev-stack/src/demo/seen';
import { findVolumeFile } from '../../tools/dev-stack/src/demo/volume-file';
import { objectsOfLog, objectsOnDisk } from './disk-and-log';
import { digestOfDisk } from './disk-digest';
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
  stack = await startTestStack({
    ...{ imageServiceUrl: images.url, backendDirectory: filesystem.directory },
    env: { HEARTH_GLANCE_STALL_TIMEOUT_MS: '500' },
  });
});

afterAll(async () => {
  await stack?.stop();
  await images?.stop();
  await scratch?.remove();
  await filesystem?.stop();
});

/**
 * Creates a volume of the image, waits for the end, and tells what went wrong: on the hosts that gave the volume back, and in the
 * end. Empty when nothing did.
 */
async function failuresOf(image: ImageToServe): Promise<readonly Failure[]> {
  const { id } = await stack.api.create({ size: 1, imageRef: images.add(image) });
  const { event } = await stack.watch.untilEnd(id, 120_000);
  expect((await stack.api.settled(id)).status).toBe(event.type === 'VolumeProvisioned' ? 'available' : 'error');
  return failuresSeen(stack.watch.seen, id);
}

const nothingIsLeft = () =>
  eventually(
    async () => {
      const [disk, log] = await Promise.all([objectsOnDisk(stack.backendDirectory), objectsOfLog(stack)]);
      return disk.join() === log.join();
    },
    { timeoutMs: 60_000, intervalMs: 200, what: 'the disk holding what the log says' },
  );

const failureWith = (code: FailureCode, reason = /./): unknown =>
  expect.objectContaining({ code, reason: expect.stringMatching(reason) as string });

async function qcow2(name: string, ...options: string[]): Promise<Buffer> {
  const file = join(scratch.path, name);
  await runProgram(['qemu-img', 'create', '-q', '-f', 'qcow2', ...options, file, '16M']);
  return readFile(file);
}

test('an image whose bytes do not match its hash makes no volume', async () => {
  expect(await failuresOf({ bytes, flaw: { kind: 'wrong-hash' } })).toContainEqual(failureWith('image.hash_mismatch'));
  await nothingIsLeft();
});

test('P3: an image whose download is cut twice makes a volume with its bytes', async () => {
  const imageRef = images.add({ bytes, flaw: { kind: 'ends-early', afterBytes: mib, times: 2 } });
  const { id } = await stack.api.create({ size: 1, imageRef });
  const { event } = await stack.watch.untilEnd(id, 120_000);
  expect(event.type).toBe('VolumeProvisioned');
  expect(images.downloadsOf(imageRef)).toBe(3);
  const file = join(scratch.path, 'cut-twice.raw');
  await writeFile(file, bytes);
  const volume = await findVolumeFile(stack.backendDirectory, id);
  expect(await digestOfDisk(volume, scratch.path)).toBe(await digestOfDisk({ file, format: 'raw' }, scratch.path));
  await nothingIsLeft();
});

test('an image that always ends early, and one that always stalls, make no volume', async () => {
  const flaws = [
    { kind: 'ends-early', afterBytes: mib },
    { kind: 'stalls', afterBytes: mib },
  ] as const;
  // Each is given up only when all attempts at going on with it are used up: at once that takes half as long.
  for (const failures of await Promise.all(flaws.map((flaw) => failuresOf({ bytes, flaw })))) {
    expect(failures).toContainEqual(failureWith('image.download_failed'));
  }
  await nothingIsLeft();
});

test('an image whose server answers 500 makes no volume', async () => {
  const flaw = { kind: 'answers-500' } as const;
  expect(await failuresOf({ bytes, flaw })).toContainEqual(failureWith('image.connection_failed'));
  await nothingIsLeft();
});

test('a qcow2 with a backing file is refused by name', async () => {
  await qcow2('base.qcow2');
  const image = await qcow2('backed.qcow2', '-b', join(scratch.path, 'base.qcow2'), '-F', 'qcow2');
  const failures = await failuresOf({ bytes: image, diskFormat: 'qcow2', virtualSizeBytes: 16 * mib });
  expect(failures).toContainEqual(failureWith('image.unacceptable', /backing/));
  await nothingIsLeft();
});

test('a qcow2 with an external data file is refused by name', async () => {
  const data = join(scratch.path, 'data.raw');
  const image = await qcow2('external.qcow2', '-o', `data_file=${data}`);
  const failures = await failuresOf({ bytes: image, diskFormat: 'qcow2', virtualSizeBytes: 16 * mib });
  expect(failures).toContainEqual(failureWith('image.unacceptable', /data-file/));
  await nothingIsLeft();
});

test('a disk that fills up during a fill is told, and nothing of the fill stays', async () => {
  const image = randomBytes(64 * mib);
  const imageRef = images.add({ bytes: image, flaw: { kind: 'waits', afterBytes: 8 * mib } });
  // Most of the room goes before, so that the rest goes quicker than a download counts as stalled.
  const ballast = join(filesystem.directory, 'ballast');
  await runProgram(['fallocate', '-l', '1G', ballast]);
  const { id } = await stack.api.create({ size: 1, imageRef });
  await eventually(() => images.downloadsOf(imageRef) > 0);
  const filler = join(filesystem.directory, 'filler');
  await fillUp(filler);
  images.release(imageRef);
  const { event } = await stack.watch.untilEnd(id, 120_000);
  for (const file of [filler, ballast]) await rm(file);
  expect(event.type).not.toBe('VolumeProvisioned');
  expect(failuresSeen(stack.watch.seen, id)).toContainEqual(failureWith('backend.full'));
  await nothingIsLeft();
});

test('after all of that a good image still makes a volume', async () => {
  // Until the host has reported that there is room again, a create finds none.
  await eventually(async () => (await failuresOf({ bytes })).length === 0, { timeoutMs: 30_000 });
  await nothingIsLeft();
});

/** Every failure that the stream of a volume tells of. */
function failuresSeen(seen: readonly Seen[], volumeId: string): Failure[] {
  return seen.flatMap((one) => {
    if (one.kind !== 'commit' || one.commit.stream.id !== volumeId) return [];
    const events = one.commit.events as readonly VolumeEvent[];
    return events.flatMap(({ data }) => ('failure' in data ? [data.failure] : []));
  });
}

/** Writes a file until the file system has no room left. */
async function fillUp(file: string): Promise<void> {
  await expect(runProgram(['dd', 'if=/dev/zero', `of=${file}`, 'bs=1M'])).rejects.toThrow(/No space left/);
}
