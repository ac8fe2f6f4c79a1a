import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DriverError, type ObjectRef, type ObjectWriter, type VolumeDriver } from '@hearth/driver-api';
import { eventually, temporaryDirectory } from '@hearth/testing';
import { type MountedFilesystem, withFilesystem } from '@hearth/testing/servers';
import { openDriver } from '../registry';
import { programRunner } from '../run-program';

// A sync of a loop device waits for whatever else the machine's disk is busy with.
jest.setTimeout(60_000);

const environment = { run: programRunner(), log: { info: () => undefined, warn: () => undefined } };
const gib = 2 ** 30;
const mib = 2 ** 20;

const newRef = (): ObjectRef => ({ pool: 'default', name: `volume-${randomUUID()}` });

describe.each([
  ['xfs', true],
  ['ext4', false],
] as const)('a writer on %s', (kind, shares) => {
  let mounted: MountedFilesystem;
  let driver: VolumeDriver;
  beforeAll(async () => {
    mounted = await withFilesystem(kind, { sizeMib: 320 });
    await mkdir(join(mounted.directory, 'scratch'));
  }, 60_000);
  afterAll(() => mounted?.stop());
  beforeEach(async () => {
    driver = await openDriver('file', { directory: join(mounted.directory, 'volumes') }, environment);
  });
  afterEach(async () => {
    for await (const { name } of driver.list('default')) await driver.remove({ pool: 'default', name });
    await driver.close();
  });
  const path = (file: string) => join(mounted.directory, 'volumes', file);
  const scratch = (file: string) => join(mounted.directory, 'scratch', file);
  const freeBytes = async () => (await driver.capacity())[0]!.freeGib * gib;

  /** Hands a file to a new writer, and finds the object as it is then. */
  async function taking(source: string, take: (writer: Taking, object: ObjectRef) => Promise<void>): Promise<void> {
    const object = newRef();
    const writer = await driver.openWriter(object, 1);
    try {
      if (!writer.takeFile) throw new Error('the writer takes no files');
      await take({ ...bound(writer), takeFile: () => writer.takeFile!(source) }, object);
    } finally {
      await writer.abort();
    }
  }

  test('takes a file that has no name', async () => {
    const handle = await open(scratch('nameless'), 'wx+', 0o600);
    try {
      await unlink(scratch('nameless'));
      await handle.write(Buffer.alloc(mib, 5), 0, mib, 0);
      await taking(`/proc/self/fd/${handle.fd}`, async ({ takeFile, read }) => {
        expect(await takeFile()).toBe(shares);
        expect((await read(0, mib)).equals(Buffer.alloc(mib, shares ? 5 : 0))).toBe(true);
      });
    } finally {
      await handle.close();
    }
  });

  test('leaves size and mode of the object as they were, taken or not', async () => {
    await writeFile(scratch('odd'), Buffer.alloc(700, 5), { mode: 0o444 });
    await taking(scratch('odd'), async ({ takeFile }, { name }) => {
      const before = await stat(path(`${name}.partial`));
      expect(await takeFile()).toBe(shares);
      const after = await stat(path(`${name}.partial`));
      expect([after.size, after.mode, after.ino]).toEqual([before.size, before.mode, before.ino]);
      if (!shares) expect(after.blocks).toBe(0);
    });
  });

  if (shares) {
    test('shares the room of a file that it takes', async () => {
      const source = await open(scratch('large'), 'wx');
      await source.write(Buffer.alloc(64 * mib, 5));
      await source.sync();
      await source.close();
      const before = await freeBytes();
      await taking(scratch('large'), async ({ takeFile, finish }, object) => {
        expect(await takeFile()).toBe(true);
        await finish();
        expect((await driver.describe(object))?.allocatedBytes).toBeGreaterThanOrEqual(64 * mib);
        expect(before - (await freeBytes())).toBeLessThan(8 * mib);
      });
      await unlink(scratch('large'));
    });
  }

  test('takes no file of another file system, and stays empty and usable', async () => {
    const elsewhere = await temporaryDirectory('hearth-elsewhere-');
    try {
      await writeFile(join(elsewhere.path, 'image'), Buffer.alloc(mib, 5));
      await taking(join(elsewhere.path, 'image'), async ({ takeFile, read, finish }, object) => {
        expect(await takeFile()).toBe(false);
        expect(await takeFile()).toBe(false);
        expect((await read(0, mib)).equals(Buffer.alloc(mib))).toBe(true);
        await finish();
        expect(await driver.describe(object)).toMatchObject({ sizeGib: 1, allocatedBytes: 0 });
      });
    } finally {
      await elsewhere.remove();
    }
  });

  test.each([
    ['a directory', () => scratch('')],
    ['a device', () => '/dev/zero'],
    ['a link to nothing', () => scratch('nowhere')],
  ])('refuses %s', async (_, source) => {
    await symlink('gone', scratch('nowhere')).catch(() => undefined);
    await taking(source(), async ({ takeFile, finish }, object) => {
      await expect(takeFile()).rejects.toMatchObject({ code: 'failed', object: object.name });
      await expect(finish()).rejects.toMatchObject({ code: 'failed' });
    });
  });

  test('refuses its own file', async () => {
    const object = newRef();
    const writer = await driver.openWriter(object, 1);
    await expect(writer.takeFile?.(path(`${object.name}.partial`))).rejects.toMatchObject({ code: 'failed' });
    await writer.abort();
  });

  test('that another one replaced takes a file for itself only', async () => {
    await writeFile(scratch('late'), Buffer.alloc(mib, 5));
    await taking(scratch('late'), async ({ takeFile, finish }, object) => {
      const successor = await driver.openWriter(object, 1);
      await successor.write(0, Buffer.alloc(mib, 6));
      expect(await takeFile()).toBe(shares);
      await expect(finish()).rejects.toMatchObject({ code: 'failed' });
      await successor.finish();
      const reader = await driver.openReader(object);
      const found = Buffer.alloc(mib);
      await reader.read(0, found);
      expect(found.equals(Buffer.alloc(mib, 6))).toBe(true);
      await reader.close();
    });
  });

  test('that found no room says how much was missing; once aborted, nothing is left of it and the room is back', async () => {
    const before = await freeBytes();
    const object = newRef();
    const writer = await driver.openWriter(object, 1);
    const error = await fill(writer);
    expect(error).toMatchObject({ code: 'full', object: object.name, missingBytes: expect.any(Number) });
    expect(error.missingBytes).toBeGreaterThan(0);
    expect(error.missingBytes).toBeLessThanOrEqual(4 * mib);
    await expect(writer.finish()).rejects.toMatchObject({ code: 'full' });
    await writer.abort();
    expect(await readdir(path(''))).toEqual([]);
    // XFS gives back in the background what a file had.
    await eventually(async () => before - (await freeBytes()) < mib, { what: 'the room to come back' });
    await driver.createBlank(object, 1);
  });
});

type Taking = ReturnType<typeof bound> & { takeFile(): Promise<boolean> };

function bound(writer: ObjectWriter) {
  return {
    finish: () => writer.finish(),
    read: async (offset: number, length: number) => {
      const bytes = Buffer.alloc(length, 0xaa);
      await writer.read(offset, bytes);
      return bytes;
    },
  };
}

/** Writes, four at once, until one finds no room. */
async function fill(writer: ObjectWriter): Promise<DriverError> {
  const bytes = Buffer.alloc(4 * mib, 3);
  for (let offset = 0; offset < gib; offset += 4 * bytes.length) {
    const writes = [0, 1, 2, 3].map((i) => writer.write(offset + i * bytes.length, bytes));
    const failed = (await Promise.allSettled(writes)).find((write) => write.status === 'rejected');
    if (failed?.reason instanceof DriverError) return failed.reason;
    if (failed) throw failed.reason;
  }
  throw new Error('all of it found room');
}
