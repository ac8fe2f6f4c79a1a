import { chmod, link, lstat, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canConnect, canManage, canSnapshot, type ManageCapable, type VolumeDriver } from '@hearth/driver-api';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { newRef, openFile, run, written } from '../testing/file-driver';

const gib = 2 ** 30;

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
