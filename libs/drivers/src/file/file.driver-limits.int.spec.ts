import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { linkSync, mkdirSync } from 'node:fs';
import {
  chmod,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import {
  canClone,
  canConnect,
  canManage,
  canSnapshot,
  type CloneCapable,
  type ManageCapable,
  type ObjectRef,
  type VolumeDriver,
} from '@hearth/driver-api';
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

/** The superuser may read everything, and is nobody meanwhile. */
async function asOrdinaryUser(work: () => Promise<void>): Promise<void> {
  const isSuperuser = process.geteuid?.() === 0;
  if (isSuperuser) process.seteuid?.(65_534);
  try {
    await work();
  } finally {
    if (isSuperuser) process.seteuid?.(0);
  }
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

describe('in a directory with other files', () => {
  let home: TemporaryDirectory;
  let driver: VolumeDriver & ManageCapable;
  beforeEach(async () => {
    home = await temporaryDirectory('hearth-file-driver-');
    const opened = await openFile({ directory: home.path, cloneMethod: 'copy' });
    if (!canManage(opened)) throw new Error('the file driver takes files over');
    driver = opened;
  });
  afterEach(async () => {
    await driver.close();
    await home.remove();
  });
  const path = (file: string) => join(home.path, file);
  const sparse = async (file: string, start: string | Uint8Array = '') => {
    await writeFile(path(file), start);
    await truncate(path(file), gib);
  };
  const refusals: Record<string, readonly [saying: string, make: (file: string) => Promise<unknown>]> = {
    'a qcow2 image': ['qcow2', (file) => run(['qemu-img', 'create', '-q', '-f', 'qcow2', path(file), '1G'])],
    'a vmdk image': ['vmdk', (file) => run(['qemu-img', 'create', '-q', '-f', 'vmdk', path(file), '1G'])],
    'a fixed vhd': [
      'vhd',
      (file) => run(['qemu-img', 'create', '-q', '-f', 'vpc', '-o', 'subformat=fixed', path(file), '8M']),
    ],
    'an empty file': ['empty', (file) => writeFile(path(file), '')],
    'a directory': ['regular', (file) => mkdir(path(file))],
    'a symbolic link': ['regular', (file) => symlink('/etc/passwd', path(file))],
    'a pipe': ['regular', (file) => run(['mkfifo', path(file)])],
    'a file with another name': ['hard links', (file) => sparse('other').then(() => link(path('other'), path(file)))],
  };

  test.each(Object.keys(refusals))('%s is not taken over, and stays as it is', async (what) => {
    const [saying, make] = refusals[what]!;
    await make('disk.img');
    const before = await lstat(path('disk.img'));
    const adopting = driver.adopt('default', 'disk.img', newRef());
    await expect(adopting).rejects.toMatchObject({ code: 'failed', message: expect.stringContaining(saying) });
    expect(await lstat(path('disk.img'))).toMatchObject({ ino: before.ino, size: before.size });
  });

  test('nothing is listed that would be refused by what it is', async () => {
    for (const what of ['a qcow2 image', 'a vmdk image', 'an empty file', 'a symbolic link', 'a pipe']) {
      await refusals[what]![1](what);
    }
    await sparse('.hidden');
    await sparse('a disk');
    await sparse('volume-a.partial');
    const found: unknown[] = [];
    for await (const entry of driver.listManageable('default')) found.push(entry);
    expect(found).toEqual([{ sourceName: 'a disk', sizeGib: 1 }]);
  });

  test('a file that may not be read hides no other', async () => {
    await sparse('a disk');
    await sparse('somebody’s own');
    await chmod(path('somebody’s own'), 0);
    await chmod(home.path, 0o755);
    const found: unknown[] = [];
    await asOrdinaryUser(async () => {
      for await (const entry of driver.listManageable('default')) found.push(entry);
    });
    expect(found).toEqual([{ sourceName: 'a disk', sizeGib: 1 }]);
  });

  test.each(['volume-a.base', 'volume-a.partial', 'volume-a.qcow2'])('%s is a part of an object', async (file) => {
    await sparse(file);
    const refused = driver.adopt('default', file, newRef());
    await expect(refused).rejects.toMatchObject({ code: 'failed', message: expect.stringContaining('part') });
  });

  test('what is connected or has snapshots belongs to somebody', async () => {
    if (!canConnect(driver) || !canSnapshot(driver)) throw new Error('the file driver does all that');
    const [connected, kept] = [await written(driver, Buffer.alloc(1)), await written(driver, Buffer.alloc(1))];
    await driver.connect(connected, 'one', {}, { readOnly: true });
    await driver.createSnapshot({ object: kept, name: 'snapshot-one' });
    await expect(driver.adopt('default', connected.name, newRef())).rejects.toMatchObject({ code: 'busy' });
    await expect(driver.adopt('default', kept.name, newRef())).rejects.toMatchObject({ code: 'failed' });
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

  test('snapshots count as promised, for a process that comes later too', async () => {
    const driver = await openFile({ directory: home.path, maxGib: 3, cloneMethod: 'copy' });
    if (!canSnapshot(driver)) throw new Error('the file driver makes snapshots');
    const object = newRef();
    const [first, second] = [`snapshot-${randomUUID()}`, `snapshot-${randomUUID()}`].map((name) => ({ object, name }));
    try {
      await driver.createBlank(object, 1);
      await driver.createSnapshot(first!);
      await driver.extend(object, 2);
      expect((await driver.capacity())[0]).toMatchObject({ provisionedGib: 3 });
      await expect(driver.createSnapshot(second!)).rejects.toMatchObject({ code: 'full', missingBytes: 2 * gib });
      const later = await openFile({ directory: home.path });
      expect((await later.capacity())[0]).toMatchObject({ provisionedGib: 3 });
      await later.close();
      await driver.removeSnapshot(first!);
      expect((await driver.capacity())[0]).toMatchObject({ provisionedGib: 2 });
      await driver.remove(object);
      expect(await readdir(home.path)).toEqual([]);
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

  test('I.47: a directory that was swapped for another is unavailable, not empty', async () => {
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
