import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canSnapshot } from '@hearth/driver-api';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { newRef, openFile, written } from '../testing/file-driver';

const gib = 2 ** 30;

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
