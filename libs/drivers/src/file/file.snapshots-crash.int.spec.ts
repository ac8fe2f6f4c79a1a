// A crash is shown by putting on disk what each step leaves behind, and calling again.
import { randomUUID } from 'node:crypto';
import { copyFile, link, mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  canClone,
  canConnect,
  canManage,
  canSnapshot,
  type CloneCapable,
  type ConnectCapable,
  type ManageCapable,
  type ObjectRef,
  type SnapshotCapable,
  type SnapshotRef,
  type VolumeDriver,
} from '@hearth/driver-api';
import { type MountedFilesystem, withFilesystem } from '@hearth/testing/servers';
import { openDriver } from '../registry';
import { programRunner } from '../run-program';
import { fileGuest } from '../testing/file-guest';
import { readFileObject } from '../testing/read-file-object';

// A sync of a loop device waits for whatever else the machine's disk is busy with.
jest.setTimeout(60_000);

type Driver = VolumeDriver & CloneCapable & SnapshotCapable & ManageCapable & ConnectCapable;

const environment = { run: programRunner(), log: { info: () => undefined, warn: () => undefined } };
const bytes = Buffer.alloc(256 * 1024, 'before');
const others = Buffer.alloc(256 * 1024, 'after');

describe.each(['xfs', 'ext4'] as const)('a crash on %s', (kind) => {
  let mounted: MountedFilesystem;
  let driver: Driver;
  let object: ObjectRef;
  let snapshot: SnapshotRef;
  beforeAll(async () => {
    mounted = await withFilesystem(kind, { sizeMib: 320 });
    driver = await openFile(mounted.directory);
  }, 60_000);
  afterAll(async () => {
    await driver?.close();
    await mounted?.stop();
  });
  beforeEach(async () => {
    object = await writtenObject(driver);
    snapshot = { object, name: `snapshot-${randomUUID()}` };
  });
  afterEach(async () => {
    await driver.removeSnapshot(snapshot);
    await driver.remove(object);
    expect(await filesOf(object)).toEqual([]);
  });

  const path = (file: string) => join(mounted.directory, file);
  const shelf = (file = '') => join(path(`${object.name}.snapshots`), file);
  const filesOf = async ({ name }: ObjectRef) =>
    (await readdir(mounted.directory)).filter((file) => file.startsWith(name));
  const read = (name = object.name) => readFileObject(mounted.directory, name, 0, bytes.length, environment.run);
  const overwrite = async (ref = object) => {
    const info = await driver.connect(ref, 'guest', {}, { readOnly: false });
    await fileGuest(environment.run).write(info, 0, others);
    await driver.disconnect(ref, 'guest');
  };

  const interruptedSnapshots: Record<string, () => Promise<unknown>> = {
    'an empty directory': () => mkdir(shelf()),
    'half a copy': async () => {
      await mkdir(shelf());
      await writeFile(shelf(`${snapshot.name}.partial`), 'half');
    },
    'a base alone': async () => {
      await mkdir(shelf());
      await link(path(object.name), shelf(`${snapshot.name}.base`));
    },
    'a base and half an overlay': async () => {
      await mkdir(shelf());
      await link(path(object.name), shelf(`${snapshot.name}.base`));
      await writeFile(shelf(`${snapshot.name}.partial`), 'half');
    },
  };

  describe.each(Object.keys(interruptedSnapshots))('in a snapshot that left %s', (what) => {
    beforeEach(() => interruptedSnapshots[what]!());

    test('shows no snapshot, and leaves the object in the list once', async () => {
      expect(await driver.describeSnapshot(snapshot)).toBeUndefined();
      expect((await names(driver)).filter((name) => name === object.name)).toHaveLength(1);
      await expect(driver.revertToSnapshot(snapshot)).rejects.toMatchObject({ code: 'not-found' });
    });

    test('is made good by the same snapshot', async () => {
      await driver.createSnapshot(snapshot);
      expect((await readdir(shelf())).filter((file) => file.endsWith('.partial'))).toEqual([]);
      await overwrite();
      await driver.revertToSnapshot(snapshot);
      expect(await read()).toEqual(bytes);
    });

    test('is cleared away by the removal of the snapshot', async () => {
      await driver.removeSnapshot(snapshot);
      expect(await filesOf(object)).toEqual([object.name]);
    });

    test('is cleared away by the removal of the object', async () => {
      await driver.remove(object);
      expect(await filesOf(object)).toEqual([]);
    });
  });

  test('in a removal that left snapshots of an object that is gone is shown, and stays until they are removed', async () => {
    await driver.createSnapshot(snapshot);
    await rename(path(object.name), path('elsewhere'));
    expect(await names(driver)).toContain(object.name);
    await expect(driver.remove(object)).rejects.toMatchObject({ code: 'has-dependants' });
    await rename(path('elsewhere'), path(object.name));
  });

  test('in the thaw of a source leaves it what it was, and the next thaw makes it good', async () => {
    const clone = newRef();
    await overlaid(driver, object, clone);
    await copyFile(path(`${clone.name}.qcow2`), path(`${object.name}.qcow2`));
    await link(path(object.name), path(`${object.name}.base`));
    expect(await driver.describe(object)).toMatchObject({ sizeGib: 1 });
    expect(await read()).toEqual(bytes);
    await overwrite();
    expect((await filesOf(object)).sort()).toEqual([`${object.name}.base`, `${object.name}.qcow2`]);
    expect(await read()).toEqual(others);
    expect(await read(clone.name)).toEqual(bytes);
    await driver.remove(clone);
  });

  test('in a revert to a file of its own, beside the overlay it replaces, is made good by whatever comes next', async () => {
    const clone = newRef();
    await overlaid(driver, object, clone);
    await overwrite(clone);
    // What the revert has renamed last; the overlay is to go.
    await environment.run(['cp', '--sparse=always', path(object.name), path(clone.name)]);
    expect(await driver.describe(clone)).toMatchObject({ sizeGib: 1 });
    expect(await read(clone.name)).toEqual(bytes);
    const again = { object: clone, name: snapshot.name };
    await driver.createSnapshot(again);
    await overwrite(clone);
    expect(await read(clone.name)).toEqual(others);
    await driver.revertToSnapshot(again);
    expect(await read(clone.name)).toEqual(bytes);
    await driver.removeSnapshot(again);
    await driver.remove(clone);
    expect(await filesOf(clone)).toEqual([]);
  });

  test('in a revert, of what is taken over next, does not bring the old bytes back', async () => {
    const [clone, target] = [newRef(), newRef()];
    await overlaid(driver, object, clone);
    await overwrite(clone);
    await environment.run(['cp', '--sparse=always', path(object.name), path(clone.name)]);
    await driver.adopt('default', clone.name, target);
    expect(await filesOf(clone)).toEqual([]);
    expect(await read(target.name)).toEqual(bytes);
    await driver.remove(target);
  });

  test('in taking over an overlay, with both names there, is made good by the same call', async () => {
    const [clone, target] = [newRef(), newRef()];
    await overlaid(driver, object, clone);
    await link(path(`${clone.name}.base`), path(`${target.name}.base`));
    await link(path(`${clone.name}.qcow2`), path(`${target.name}.qcow2`));
    expect(await driver.adopt('default', clone.name, target)).toEqual({ sizeGib: 1 });
    expect(await filesOf(clone)).toEqual([]);
    expect(await read(target.name)).toEqual(bytes);
    await driver.remove(target);
  });

  test('in taking over an overlay, with only its base left, is made good by the same call', async () => {
    const [clone, target] = [newRef(), newRef()];
    await overlaid(driver, object, clone);
    const { ino } = await stat(path(`${clone.name}.base`));
    await driver.adopt('default', clone.name, target);
    await link(path(`${target.name}.base`), path(`${clone.name}.base`));
    await driver.adopt('default', clone.name, target);
    expect(await filesOf(clone)).toEqual([]);
    expect((await stat(path(`${target.name}.base`))).ino).toBe(ino);
    await driver.remove(target);
  });

  test('in a disconnection leaves a record that the next ends, and an object that can be removed', async () => {
    await mkdir(path(`${object.name}.connections`));
    await writeFile(path(`${object.name}.connections/one.rw`), '');
    await expect(driver.revertToSnapshot(snapshot)).rejects.toMatchObject({ code: 'not-found' });
    await driver.createSnapshot(snapshot).catch((error: unknown) => expect(error).toMatchObject({ code: 'busy' }));
    await driver.disconnect(object, 'one');
    await driver.createSnapshot(snapshot);
    await driver.revertToSnapshot(snapshot);
  });

  test('in a connection that made only a directory costs nothing', async () => {
    await mkdir(path(`${object.name}.connections`));
    await driver.createSnapshot(snapshot);
    await driver.removeSnapshot(snapshot);
    await driver.remove(object);
    expect(await filesOf(object)).toEqual([]);
  });
});

/** A clone as an overlay, whatever the file system could do. */
async function overlaid(driver: Driver, source: ObjectRef, target: ObjectRef): Promise<void> {
  if (driver.capabilities.cloneMethod === 'overlay') return void (await driver.clone(source, target, 1));
  const overlays = await openFile(directoryOf(driver), 'overlay');
  await overlays.clone(source, target, 1);
  await overlays.close();
}

const directories = new WeakMap<Driver, string>();

function directoryOf(driver: Driver): string {
  const directory = directories.get(driver);
  if (!directory) throw new Error('this driver was not opened here');
  return directory;
}

async function openFile(directory: string, cloneMethod = 'auto'): Promise<Driver> {
  const driver = await openDriver('file', { directory, cloneMethod }, environment);
  if (!canClone(driver) || !canSnapshot(driver) || !canManage(driver) || !canConnect(driver)) {
    throw new Error('the file driver does all that');
  }
  directories.set(driver, directory);
  return driver;
}

function newRef(): ObjectRef {
  return { pool: 'default', name: `volume-${randomUUID()}` };
}

async function writtenObject(driver: VolumeDriver): Promise<ObjectRef> {
  const object = newRef();
  const writer = await driver.openWriter(object, 1);
  await writer.write(0, bytes);
  await writer.finish();
  return object;
}

async function names(driver: VolumeDriver): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of driver.list('default')) found.push(name);
  return found;
}
