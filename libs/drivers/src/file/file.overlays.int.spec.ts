import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { linkSync, mkdirSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canConnect, canSnapshot } from '@hearth/driver-api';
import { temporaryDirectory } from '@hearth/testing';
import { type MountedFilesystem, runProgram, withFilesystem } from '@hearth/testing/servers';
import { readFileObject } from '../testing/read-file-object';
import { type FileDriver, newRef, openFile, run, written } from '../testing/file-driver';

// A sync of a loop device waits for whatever else the machine's disk is busy with.
jest.setTimeout(60_000);

const gib = 2 ** 30;
const mib = 2 ** 20;

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
  });

  test('a source that must change becomes an overlay itself, and its clones keep the file', async () => {
    const [source, target] = [await written(driver, Buffer.alloc(mib, 1)), newRef()];
    await driver.clone(source, target, 1);
    const { ino } = await stat(path(source.name));
    await driver.extend(source, 2);
    expect((await readdir(path(''))).filter((file) => file.startsWith(source.name)).sort()).toEqual([
      `${source.name}.base`,
      `${source.name}.qcow2`,
    ]);
    for (const { name } of [source, target]) expect(await stat(path(`${name}.base`))).toMatchObject({ ino, size: gib });
    await run(['qemu-img', 'check', '-q', '-f', 'qcow2', path(`${source.name}.qcow2`)]);
  });

  test('a file that clones stand on is not written to, even if somebody gave it its write bits back', async () => {
    if (!canConnect(driver)) throw new Error('the file driver connects');
    const [source, target] = [await written(driver, Buffer.alloc(mib, 1)), newRef()];
    await driver.clone(source, target, 1);
    const { ino } = await stat(path(source.name));
    await chmod(path(source.name), 0o660);
    const { data } = await driver.connect(source, 'one', {}, { readOnly: false });
    expect(data).toMatchObject({ format: 'qcow2', device_path: path(`${source.name}.qcow2`) });
    expect(await stat(path(`${target.name}.base`))).toMatchObject({ ino });
  });

  test('a clone of a clone stands on the same file, so that no chain grows', async () => {
    const [source, child, grandchild] = [await written(driver, Buffer.alloc(mib, 1)), newRef(), newRef()];
    await driver.clone(source, child, 1);
    await run(['qemu-io', '-f', 'qcow2', '-c', 'write -P 7 65536 65536', path(`${child.name}.qcow2`)]);
    expect(await driver.clone(child, grandchild, 700)).toBe('overlay');
    const { stdout } = await run([
      'qemu-img',
      'info',
      '--output=json',
      '-f',
      'qcow2',
      path(`${grandchild.name}.qcow2`),
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      'virtual-size': 700 * gib,
      'backing-filename': `${grandchild.name}.base`,
      'backing-filename-format': 'raw',
    });
    await run(['qemu-img', 'check', '-q', '-f', 'qcow2', path(`${grandchild.name}.qcow2`)]);
    expect((await stat(path(`${grandchild.name}.base`))).ino).toBe((await stat(path(source.name))).ino);
    expect(await readFileObject(path(''), grandchild.name, 65_536, 65_536, run)).toEqual(Buffer.alloc(65_536, 7));
  });

  test('a file that the last clone has left may be written to again, and stays a raw file', async () => {
    const [source, target] = [await written(driver, Buffer.alloc(mib, 1)), newRef()];
    await driver.clone(source, target, 1);
    await driver.remove(target);
    if (!canConnect(driver)) throw new Error('the file driver connects');
    const info = await driver.connect(source, 'one', {}, { readOnly: false });
    expect(info).toEqual({
      driverVolumeType: 'local',
      data: { device_path: path(source.name), format: 'raw', access_mode: 'rw', encrypted: false, qos_specs: null },
    });
    expect((await stat(path(source.name))).mode & 0o222).not.toBe(0);
    expect(await readdir(path(`${source.name}.connections`))).toEqual(['one.rw']);
  });

  test('an overlay has one writer and nobody else, by the path', async () => {
    const [source, object] = [await written(driver, Buffer.alloc(mib, 1)), newRef()];
    await driver.clone(source, object, 1);
    if (!canConnect(driver)) throw new Error('the file driver connects');
    expect(driver.capabilities.multiattach).toBe(false);
    await driver.connect(object, 'one', {}, { readOnly: false });
    for (const readOnly of [false, true]) {
      const refused = driver.connect(object, 'two', {}, { readOnly });
      await expect(refused).rejects.toMatchObject({ code: 'busy', message: expect.stringContaining('attachment one') });
    }
    await driver.disconnect(object, 'one');
    await driver.connect(object, 'two', {}, { readOnly: true });
    await driver.connect(object, 'three', {}, { readOnly: true });
    await expect(driver.connect(object, 'one', {}, { readOnly: false })).rejects.toMatchObject({ code: 'busy' });
  });

  test('what a QEMU has open that never asked is not made a snapshot of', async () => {
    const [source, object] = [await written(driver, Buffer.alloc(mib, 1)), newRef()];
    await driver.clone(source, object, 1);
    if (!canSnapshot(driver)) throw new Error('the file driver makes snapshots');
    const snapshot = { object, name: `snapshot-${randomUUID()}` };
    const user = spawn('qemu-io', ['-f', 'qcow2', path(`${object.name}.qcow2`)], { stdio: ['pipe', 'pipe', 'ignore'] });
    try {
      await once(user.stdout, 'data'); // its prompt: the image is open
      await expect(driver.createSnapshot(snapshot)).rejects.toMatchObject({ code: 'busy', object: object.name });
    } finally {
      user.stdin.end();
      await once(user, 'close');
    }
    await driver.createSnapshot(snapshot);
    await driver.removeSnapshot(snapshot);
  });

  test('the bytes that an overlay keeps for itself alone count as its own', async () => {
    const [source, object] = [await written(driver, Buffer.alloc(4 * mib, 1)), newRef()];
    await driver.clone(source, object, 1);
    expect((await driver.describe(object))?.allocatedBytes).toBeLessThan(mib);
    await driver.remove(source);
    expect((await driver.describe(object))?.allocatedBytes).toBeGreaterThanOrEqual(4 * mib);
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
