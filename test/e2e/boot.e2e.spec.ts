// Guests are started from volumes, with the system's own image service replaced by a real Glance: what the volume holds is what a
// PC boots, whichever way it came there, and as large as was asked for.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { type MountedFilesystem, requireProgram, runProgram, withFilesystem } from '@hearth/testing/servers';
import { readEnvironment } from '../../tools/dev-stack/src/config';
import { findVolumeFile } from '../../tools/dev-stack/src/demo/volume-file';
import { watchCreate } from '../../tools/dev-stack/src/demo/watch-create';
import { makeBootImage } from '../../tools/dev-stack/src/disk-image/boot-image';
import { bootGuest } from '../../tools/dev-stack/src/guest/boot-guest';
import { type Glance, startGlance } from '../real/glance';
import { startTestStack, type TestStack } from './stack';

jest.setTimeout(600_000);

const gib = 1024 ** 3;

let directory: TemporaryDirectory;
let emulator: string;
let glance: Glance;
let raw: string;

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-boot-');
  emulator = await requireProgram('qemu-system-x86_64', { debianPackage: 'qemu-system-x86' });
  raw = await makeBootImage({
    ...{ directory: directory.path, packagesDirectory: join(readEnvironment().stateDirectory, 'cache') },
    ...{ format: 'raw', virtualSizeMib: 128, dataMib: 24 },
  });
  glance = await startGlance({ directory: join(directory.path, 'glance') });
});

afterAll(async () => {
  await glance?.stop();
  await directory?.remove();
});

async function imageAs(diskFormat: string, options: readonly string[] = []): Promise<string> {
  if (diskFormat === 'raw') return raw;
  const file = join(directory.path, `disk.${diskFormat}`);
  await runProgram(['qemu-img', 'convert', '-f', 'raw', '-O', diskFormat, ...options, raw, file]);
  return file;
}

/** A volume by a miss and a larger one by a hit; resolves with what the guest of each says. */
async function bootTwice(stack: TestStack, diskFormat: string, file: string) {
  const { id: imageRef } = await glance.images.create({ name: diskFormat, diskFormat, data: { file } });
  const booted = [];
  for (const sizeGib of [1, 2]) {
    const asked = { name: `${diskFormat}-${sizeGib}`, size: sizeGib, imageRef };
    const { volumeId, decision } = await watchCreate(stack.api, stack.watch, { title: asked.name, asked });
    const disk = await findVolumeFile(stack.backendDirectory, volumeId);
    const { line } = await bootGuest({ program: emulator, disk });
    booted.push({ outcome: decision.outcome, format: disk.format, line });
  }
  return booted;
}

const ready = (sizeGib: number) =>
  `HEARTH-GUEST-READY disk=${sizeGib * gib} sectors=${(sizeGib * gib) / 512} payload=intact`;

describe('on a file system that cannot share extents, where a clone is an overlay', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startTestStack({ imageServiceUrl: glance.url, driverOptions: { cloneMethod: 'overlay' } });
  });

  afterAll(() => stack?.stop());

  test.each([
    ['raw', []],
    ['qcow2', []],
    ['qcow2', ['-c']],
    ['vmdk', ['-o', 'subformat=streamOptimized']],
  ])('volumes of a %s image (%j) by a miss and by a hit boot, with the size asked for', async (diskFormat, options) => {
    expect(await bootTwice(stack, diskFormat, await imageAs(diskFormat, options))).toEqual([
      { outcome: 'miss', format: 'qcow2', line: ready(1) },
      { outcome: 'hit', format: 'qcow2', line: ready(2) },
    ]);
  });
});

describe('on a file system that shares extents, where a clone is a raw file', () => {
  let filesystem: MountedFilesystem;
  let stack: TestStack;

  beforeAll(async () => {
    filesystem = await withFilesystem('xfs', { sizeMib: 4 * 1024 });
    const backendDirectory = join(filesystem.directory, 'backends');
    await mkdir(backendDirectory, { recursive: true });
    stack = await startTestStack({ imageServiceUrl: glance.url, backendDirectory });
  });

  afterAll(async () => {
    await stack?.stop();
    await filesystem?.stop();
  });

  test.each(['raw', 'qcow2'])('volumes of a %s image by a miss and by a hit boot', async (diskFormat) => {
    expect(await bootTwice(stack, diskFormat, await imageAs(diskFormat))).toEqual([
      { outcome: 'miss', format: 'raw', line: ready(1) },
      { outcome: 'hit', format: 'raw', line: ready(2) },
    ]);
  });
});
