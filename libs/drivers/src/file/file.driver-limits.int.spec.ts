import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canClone, type CloneCapable, type ObjectRef, type VolumeDriver } from '@hearth/driver-api';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { type MountedFilesystem, runProgram, withFilesystem } from '@hearth/testing/servers';
import { openDriver } from '../registry';
import { programRunner } from '../run-program';
import { readFileObject } from '../testing/read-file-object';

// A sync of a loop device waits for whatever else the machine's disk is busy with.
jest.setTimeout(60_000);

const run = programRunner();
const environment = { run, log: { info: () => undefined, warn: () => undefined } };
const gib = 2 ** 30;
const mib = 2 ** 20;

type FileDriver = VolumeDriver & CloneCapable;

async function openFile(config: object): Promise<FileDriver> {
  const driver = await openDriver('file', config, environment);
  if (!canClone(driver)) throw new Error('the file driver clones');
  return driver;
}

function newRef(): ObjectRef {
  return { pool: 'default', name: `volume-${randomUUID()}` };
}

async function written(driver: VolumeDriver, bytes: Uint8Array): Promise<ObjectRef> {
  const object = newRef();
  const writer = await driver.openWriter(object, 1);
  await writer.write(0, bytes);
  await writer.finish();
  return object;
}

describe('on ext4', () => {
  let mounted: MountedFilesystem;
  let driver: FileDriver;
  beforeAll(async () => {
    mounted = await withFilesystem('ext4', { sizeMib: 128 });
  }, 60_000);
  afterAll(() => mounted?.stop());
  beforeEach(async () => {
    driver = await openFile({ directory: join(mounted.directory, 'volumes'), cloneMethod: 'overlay' });
  });
  afterEach(async () => {
    for await (const { name } of driver.list('default')) await driver.remove({ pool: 'default', name });
    await driver.close();
  });
  const path = (file: string) => join(mounted.directory, 'volumes', file);

  test.each([1, 511, 512, 513, 4_096, 8_193])('an overlay of %i GiB is one that QEMU finds sound', async (sizeGib) => {
    const [source, target] = [await written(driver, Buffer.alloc(mib, 1)), newRef()];
    await driver.clone(source, target, sizeGib);
    const overlay = path(`${target.name}.qcow2`);
    await run(['qemu-img', 'check', '-q', '-f', 'qcow2', overlay]);
    const { stdout } = await run(['qemu-img', 'info', '--output=json', '-f', 'qcow2', overlay]);
    expect(JSON.parse(stdout)).toMatchObject({
      'virtual-size': sizeGib * gib,
      'backing-filename': `${target.name}.base`,
      'backing-filename-format': 'raw',
    });
  });

  test('an overlay that QEMU has written to and grown is still sound', async () => {
    const [source, target] = [await written(driver, Buffer.alloc(mib, 1)), newRef()];
    await driver.clone(source, target, 1);
    const overlay = path(`${target.name}.qcow2`);
    await run(['qemu-io', '-f', 'qcow2', '-c', 'write -P 7 65536 65536', overlay]);
    await driver.extend(target, 700);
    await run(['qemu-io', '-f', 'qcow2', '-c', `write -P 8 ${699 * gib} 65536`, overlay]);
    await run(['qemu-img', 'check', '-q', '-f', 'qcow2', overlay]);
    const read = (offset: number) => readFileObject(path(''), target.name, offset, 65_536, run);
    expect(await read(0)).toEqual(Buffer.alloc(65_536, 1));
    expect(await read(65_536)).toEqual(Buffer.alloc(65_536, 7));
    expect(await read(699 * gib)).toEqual(Buffer.alloc(65_536, 8));
    expect(await readFileObject(path(''), source.name, 65_536, 65_536, run)).toEqual(Buffer.alloc(65_536, 1));
  });

  test('a source of overlays can no longer be written', async () => {
    const source = await written(driver, Buffer.alloc(mib, 1));
    expect((await stat(path(source.name))).mode & 0o222).not.toBe(0);
    await driver.clone(source, newRef(), 1);
    expect((await stat(path(source.name))).mode & 0o222).toBe(0);
    await driver.extend(source, 2);
    expect((await stat(path(source.name))).mode & 0o222).toBe(0);
  });

  test('the room of a removed source comes back with its last clone', async () => {
    const [source, target] = [await written(driver, Buffer.alloc(32 * mib, 1)), newRef()];
    await driver.clone(source, target, 1);
    await driver.remove(source);
    const [held] = await driver.capacity();
    await driver.remove(target);
    const [released] = await driver.capacity();
    expect((released!.freeGib - held!.freeGib) * gib).toBeGreaterThanOrEqual(32 * mib);
  });

  test('a source that bears no further link says clone-limit and leaves nothing', async () => {
    const [source, target] = [await written(driver, Buffer.alloc(mib, 1)), newRef()];
    const links = join(mounted.directory, 'links');
    mkdirSync(links);
    expect(() => {
      for (let i = 0; ; i++) linkSync(path(source.name), join(links, String(i)));
    }).toThrow('EMLINK');
    await expect(driver.clone(source, target, 1)).rejects.toMatchObject({ code: 'clone-limit', object: target.name });
    expect((await readdir(path(''))).filter((file) => file.startsWith(target.name))).toEqual([]);
  }, 60_000);

  test('a qcow2 header that a guest wrote into its raw disk is mere bytes', async () => {
    const header = (await emptyQcow2()).subarray(0, 65_536);
    const [object, clone, copy] = [await written(driver, header), newRef(), newRef()];
    await driver.extend(object, 2);
    expect(await driver.describe(object)).toMatchObject({ sizeGib: 2 });
    await driver.clone(object, clone, 3);
    await driver.clone(clone, copy, 3);
    for (const { name } of [clone, copy])
      expect(await readFileObject(path(''), name, 0, header.length, run)).toEqual(header);
  });

  test('a damaged overlay is reported with its path', async () => {
    const object = newRef();
    await writeFile(path(`${object.name}.qcow2`), 'no header');
    await expect(driver.describe(object)).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining(path('')),
    });
    const listed: string[] = [];
    for await (const { name } of driver.list('default')) listed.push(name);
    expect(listed).toEqual([object.name]);
    await driver.remove(object);
    expect(await driver.describe(object)).toBeUndefined();
  });

  test('files of other people are neither listed nor taken for objects', async () => {
    await writeFile(path('README'), 'not ours');
    await mkdir(path('volume-directory'));
    await symlink('README', path('volume-README.tmp~'));
    for await (const { name } of driver.list('default')) throw new Error(`${name} was listed`);
    expect(await driver.describe({ pool: 'default', name: 'volume-directory' })).toBeUndefined();
  });

  test('a copy that does not fit is refused with what is missing, and leaves nothing', async () => {
    const copying = await openFile({ directory: path(''), cloneMethod: 'copy' });
    const [source, target] = [await written(copying, Buffer.alloc(72 * mib, 1)), newRef()];
    try {
      const error: unknown = await copying.clone(source, target, 1).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'full', object: target.name, missingBytes: expect.any(Number) });
      expect((await readdir(path(''))).filter((file) => file.startsWith(target.name))).toEqual([]);
    } finally {
      await copying.close();
    }
  });

  test('a read-only file system is unavailable, and says what to do', async () => {
    const writer = await driver.openWriter(newRef(), 1);
    await writer.abort();
    await runProgram(['mount', '-o', 'remount,ro', mounted.directory]);
    try {
      await expect(driver.createBlank(newRef(), 1)).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining('remount'),
      });
    } finally {
      await runProgram(['mount', '-o', 'remount,rw', mounted.directory]);
    }
  });

  test('a mount that is required is looked for', async () => {
    const mountPoint = { directory: mounted.directory, requireMount: true };
    await (await openFile(mountPoint)).close();
    await expect(openFile({ directory: path(''), requireMount: true })).rejects.toMatchObject({
      code: 'misconfigured',
    });
  });

  test('reflink is refused where the file system has none', async () => {
    await expect(openFile({ directory: path(''), cloneMethod: 'reflink' })).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('XFS'),
    });
  });
});

describe('in any directory', () => {
  let home: TemporaryDirectory;
  beforeEach(async () => {
    home = await temporaryDirectory('hearth-file-driver-');
  });
  afterEach(() => home.remove());

  test('a limit holds for all that is promised, clones included, and says what is missing', async () => {
    const driver = await openFile({ directory: home.path, maxGib: 3 });
    const [blank, clone] = [newRef(), newRef()];
    try {
      await driver.createBlank(blank, 2);
      expect((await driver.capacity())[0]).toMatchObject({ provisionedGib: 2, totalGib: 3 });
      await expect(driver.clone(blank, clone, 2)).rejects.toMatchObject({ code: 'full', missingBytes: gib });
      await expect(driver.extend(blank, 5)).rejects.toMatchObject({ code: 'full', missingBytes: 2 * gib });
      await expect(driver.openWriter(clone, 2)).rejects.toMatchObject({ code: 'full' });
      await driver.createBlank(clone, 1);
      expect((await driver.capacity())[0]).toMatchObject({ provisionedGib: 3, freeGib: 0 });
      await driver.remove(blank);
      await driver.extend(clone, 3);
      expect(await driver.describe(clone)).toMatchObject({ sizeGib: 3 });
    } finally {
      await driver.close();
    }
  });

  test('concurrent creates cannot pass the limit together', async () => {
    const driver = await openFile({ directory: home.path, maxGib: 3 });
    try {
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => driver.createBlank(newRef(), 1)));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    } finally {
      await driver.close();
    }
  });

  test('a directory that was swapped for another is unavailable, not empty', async () => {
    const directory = join(home.path, 'volumes');
    const driver = await openFile({ directory });
    const object = await written(driver, Buffer.alloc(4096, 1));
    try {
      await rename(directory, join(home.path, 'elsewhere'));
      await mkdir(directory);
      for (const call of [
        () => driver.describe(object),
        () => driver.remove(object),
        () => driver.createBlank(newRef(), 1),
        () => driver.openWriter(object, 1),
        () => driver.capacity(),
      ]) {
        await expect(call()).rejects.toMatchObject({ code: 'unavailable' });
      }
    } finally {
      await driver.close();
    }
  });

  test('a directory whose parent is missing is not made', async () => {
    const directory = join(home.path, 'not', 'there');
    await expect(openFile({ directory })).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining(directory),
    });
  });

  test('a file in the place of the directory is refused', async () => {
    const directory = join(home.path, 'file');
    await writeFile(directory, '');
    await truncate(directory, 1);
    await expect(openFile({ directory })).rejects.toMatchObject({ code: 'misconfigured' });
  });
});

async function emptyQcow2(): Promise<Buffer> {
  const scratch = await temporaryDirectory('hearth-qcow2-');
  try {
    const image = join(scratch.path, 'image');
    await run(['qemu-img', 'create', '-q', '-f', 'qcow2', image, '7G']);
    return await readFile(image);
  } finally {
    await scratch.remove();
  }
}
