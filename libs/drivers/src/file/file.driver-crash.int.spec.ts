// A crash is shown by putting on disk what each step leaves behind, and calling again.
import { randomUUID } from 'node:crypto';
import { link, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canClone, type CloneCapable, type ObjectRef, type VolumeDriver } from '@hearth/driver-api';
import { type MountedFilesystem, withFilesystem } from '@hearth/testing/servers';
import { openDriver } from '../registry';
import { programRunner } from '../run-program';
import { readFileObject } from '../testing/read-file-object';

// A sync of a loop device waits for whatever else the machine's disk is busy with.
jest.setTimeout(60_000);

const environment = { run: programRunner(), log: { info: () => undefined, warn: () => undefined } };
const bytes = Buffer.alloc(256 * 1024, 'image');

describe.each(['xfs', 'ext4'] as const)('a crash on %s', (kind) => {
  let mounted: MountedFilesystem;
  let driver: VolumeDriver & CloneCapable;
  let source: ObjectRef;
  beforeAll(async () => {
    mounted = await withFilesystem(kind, { sizeMib: 320 });
    const opened = await openDriver('file', { directory: mounted.directory }, environment);
    if (!canClone(opened)) throw new Error('the file driver clones');
    driver = opened;
    source = await writtenObject(driver);
  }, 60_000);
  afterAll(async () => {
    await driver?.close();
    await mounted?.stop();
  });

  const path = (name: string) => join(mounted.directory, name);
  const remains: Record<string, (name: string) => Promise<void>> = {
    'an empty partial file': (name) => writeFile(path(`${name}.partial`), ''),
    'a partial file with other bytes': (name) => writeFile(path(`${name}.partial`), Buffer.alloc(4096, 0xff)),
    'a base alone': (name) => link(path(source.name), path(`${name}.base`)),
    'a base and an empty partial file': async (name) => {
      await link(path(source.name), path(`${name}.base`));
      await writeFile(path(`${name}.partial`), '');
    },
  };

  describe.each(Object.keys(remains))('that left %s', (what) => {
    let object: ObjectRef;
    beforeEach(async () => {
      object = newRef();
      await remains[what]!(object.name);
    });
    afterEach(() => driver.remove(object));

    test('shows it in the list, once, and not as an object', async () => {
      expect((await names(driver)).filter((name) => name === object.name)).toEqual([object.name]);
      expect(await driver.describe(object)).toBeUndefined();
    });

    test('is made good by the same clone', async () => {
      await driver.clone(source, object, 2);
      expect(await driver.describe(object)).toMatchObject({ sizeGib: 2 });
      expect(await readFileObject(mounted.directory, object.name, 0, bytes.length, environment.run)).toEqual(bytes);
      expect((await filesOf(object)).filter((file) => file.endsWith('.partial'))).toEqual([]);
    });

    test('is made good by the same blank create', async () => {
      await driver.createBlank(object, 1);
      expect(await filesOf(object)).toEqual([object.name]);
    });

    test('is made good by a new writer', async () => {
      const writer = await driver.openWriter(object, 1);
      await writer.finish();
      expect(await filesOf(object)).toEqual([object.name]);
    });

    test('is cleared away by a removal', async () => {
      await driver.remove(object);
      expect(await filesOf(object)).toEqual([]);
    });
  });

  test('I.51: after a clone was made and before it was reported costs nothing but a second call', async () => {
    const object = newRef();
    await driver.clone(source, object, 1);
    const before = await filesOf(object);
    await driver.clone(source, object, 1);
    expect(await filesOf(object)).toEqual(before);
    await driver.remove(object);
  });

  test('between the two halves of a removal is made good by a second removal', async () => {
    const object = newRef();
    await link(path(source.name), path(`${object.name}.base`));
    await driver.remove(object);
    expect(await filesOf(object)).toEqual([]);
    expect(await driver.describe(source)).toBeDefined();
  });

  test('whose process lives on cannot finish, nor remove what replaced its work', async () => {
    const object = newRef();
    const zombie = await driver.openWriter(object, 1);
    await zombie.write(0, Buffer.alloc(4096, 1));
    const successor = await driver.openWriter(object, 1);
    await successor.write(0, Buffer.alloc(4096, 2));
    await expect(zombie.finish()).rejects.toMatchObject({ code: 'failed', object: object.name });
    await zombie.abort();
    await successor.finish();
    expect(await readFileObject(mounted.directory, object.name, 0, 4096, environment.run)).toEqual(
      Buffer.alloc(4096, 2),
    );
    await driver.remove(object);
  });

  async function filesOf({ name }: ObjectRef): Promise<string[]> {
    return (await readdir(mounted.directory)).filter((file) => file.startsWith(name));
  }
});

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
