import { mkdir, open as openFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DriverUnderTest, driverConformance } from '@hearth/driver-api/testing';
import { type MountedFilesystem, requireProgram, withFilesystem } from '@hearth/testing/servers';
import { canClone } from '@hearth/driver-api';
import { openDriver } from '../registry';
import { programRunner } from '../run-program';
import type { FileCloneMethod } from './clone-probe';
import { fileGuest } from '../testing/file-guest';
import { imagesIn, localFilesIn } from '../testing/local-files';
import { readFileObject } from '../testing/read-file-object';

// A sync of a loop device waits for whatever else the machine's disk is busy with.
jest.setTimeout(60_000);

const environment = { run: programRunner(), log: { info: () => undefined, warn: () => undefined } };
const smallMib = { xfs: 300, ext4: 24 };

describe.each([
  ['xfs', 'auto', 'reflink'],
  ['ext4', 'auto', 'overlay'],
  ['xfs', 'copy', 'copy'],
] as const)('on %s with cloneMethod %s', (kind, cloneMethod, expected: FileCloneMethod) => {
  let mounted: MountedFilesystem;
  let small: MountedFilesystem;
  beforeAll(async () => {
    await requireProgram('qemu-img', { debianPackage: 'qemu-utils' });
    mounted = await withFilesystem(kind, { sizeMib: 2_048 });
    small = await withFilesystem(kind, { sizeMib: smallMib[kind] });
  }, 120_000);
  afterAll(async () => {
    await mounted?.stop();
    await small?.stop();
  });

  const open = async (): Promise<DriverUnderTest> => {
    const directory = join(mounted.directory, 'volumes');
    const scratch = join(mounted.directory, 'scratch');
    await mkdir(scratch);
    const images = join(mounted.directory, 'images');
    await mkdir(images);
    const config = { directory, pool: 'here', cloneMethod, imageDirectories: [images] };
    const reopen = () => openDriver('file', config, environment);
    return {
      driver: await reopen(),
      pool: 'here',
      readObject: ({ name }, offset, length) => readFileObject(directory, name, offset, length, environment.run),
      reopen,
      openSmallPool: async () => ({
        driver: await openDriver('file', { directory: small.directory, cloneMethod }, environment),
        pool: 'default',
        roomBytes: smallMib[kind] * 2 ** 20,
      }),
      localFiles: localFilesIn(scratch, { shares: kind === 'xfs' }),
      guest: fileGuest(environment.run),
      images: imagesIn(images, { shares: expected === 'reflink' }),
      strangers: {
        plant: async (sourceName, bytes, sizeBytes) => {
          const handle = await openFile(join(directory, sourceName), 'wx');
          await handle.write(bytes);
          await handle.truncate(sizeBytes);
          await handle.close();
        },
        isThere: (sourceName) =>
          stat(join(directory, sourceName)).then(
            () => true,
            () => false,
          ),
        remove: (sourceName) => rm(join(directory, sourceName), { force: true }),
      },
    };
  };
  driverConformance('the file driver', open, {
    takesFiles: true,
    snapshots: true,
    manages: true,
    connects: true,
    clonesImages: true,
  });

  test(`clones are made by ${expected}, and the driver says so`, async () => {
    const driver = await openDriver('file', { directory: mounted.directory, cloneMethod }, environment);
    try {
      expect(canClone(driver)).toBe(true);
      expect(driver.capabilities.cloneMethod).toBe(expected);
    } finally {
      await driver.close();
    }
  });

  test('nothing but the directory was made, and nothing is left in it', async () => {
    const ours = new Set(['lost+found', 'scratch', 'images']);
    expect((await readdir(mounted.directory)).filter((name) => !ours.has(name))).toEqual(['volumes']);
    expect(await readdir(join(mounted.directory, 'volumes'))).toEqual([]);
  });
});
