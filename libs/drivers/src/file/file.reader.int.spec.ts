import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  canClone,
  type CloneCapable,
  type ObjectExtent,
  type ObjectReader,
  type ObjectRef,
  type VolumeDriver,
} from '@hearth/driver-api';
import { eventually } from '@hearth/testing';
import { type MountedFilesystem, withFilesystem } from '@hearth/testing/servers';
import { openDriver } from '../registry';
import { programRunner, type ProgramRunnerOptions } from '../run-program';

// A sync of a loop device waits for whatever else the machine's disk is busy with.
jest.setTimeout(60_000);

const gib = 2 ** 30;
const mib = 2 ** 20;
const kib = 2 ** 10;
const run = programRunner();
let warnings: string[] = [];
let mounted: MountedFilesystem;
let driver: VolumeDriver & CloneCapable;
beforeAll(async () => {
  mounted = await withFilesystem('ext4', { sizeMib: 256 });
}, 60_000);
afterAll(() => mounted?.stop());
beforeEach(async () => {
  warnings = [];
  driver = await openFile();
});
afterEach(async () => {
  for await (const { name } of driver.list('default')) await driver.remove({ pool: 'default', name });
  await driver.close();
});

const path = (file: string) => join(mounted.directory, 'volumes', file);

async function openFile(runner: ProgramRunnerOptions = {}): Promise<VolumeDriver & CloneCapable> {
  const log = { info: () => undefined, warn: (message: string) => void warnings.push(message) };
  const config = { directory: path(''), cloneMethod: 'overlay' };
  const opened = await openDriver('file', config, { run: programRunner(runner), log });
  if (!canClone(opened)) throw new Error('the file driver clones');
  return opened;
}

const newRef = (): ObjectRef => ({ pool: 'default', name: `volume-${randomUUID()}` });

async function written(pieces: readonly (readonly [offset: number, lengthBytes: number, fill: number])[]) {
  const object = newRef();
  const writer = await driver.openWriter(object, 1);
  for (const [offset, length, fill] of pieces) await writer.write(offset, Buffer.alloc(length, fill));
  await writer.finish();
  return object;
}

async function cloned(source: ObjectRef, sizeGib = 1): Promise<{ clone: ObjectRef; overlay: string }> {
  const clone = newRef();
  expect(await driver.clone(source, clone, sizeGib)).toBe('overlay');
  return { clone, overlay: path(`${clone.name}.qcow2`) };
}

async function extentsOf(reader: ObjectReader): Promise<ObjectExtent[]> {
  const extents: ObjectExtent[] = [];
  for await (const extent of reader.extents()) extents.push(extent);
  return extents;
}

/** What a reader gives of the object, against what QEMU gives of its overlay: all extents, and the places named. */
async function expectAsQemu(object: ObjectRef, overlay: string, places: readonly ObjectExtent[]) {
  const raw = path('as-qemu-reads-it');
  await run(['qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', overlay, raw]);
  const [reader, expected] = [await driver.openReader(object), await open(raw, 'r')];
  try {
    expect(reader.sizeBytes).toBe((await expected.stat()).size);
    const extents = await extentsOf(reader);
    for (const { offset, length } of [...extents, ...places]) {
      const [found, wanted] = [Buffer.alloc(length, 0xaa), Buffer.alloc(length)];
      await Promise.all([reader.read(offset, found), expected.read(wanted, 0, length, offset)]);
      if (!found.equals(wanted)) throw new Error(`${length} bytes at ${offset} are not what QEMU reads`);
      for (let at = 0; at < length; at += 512) {
        const hasData = !wanted.subarray(at, at + 512).equals(Buffer.alloc(512));
        const isTold = extents.some(
          (extent) => extent.offset <= offset + at && offset + at < extent.offset + extent.length,
        );
        if (hasData && !isTold) throw new Error(`no extent has the data at ${offset + at}`);
      }
    }
    return extents;
  } finally {
    await reader.close();
    await expected.close();
    await rm(raw, { force: true });
  }
}

describe('extents', () => {
  test('leave the holes of a raw file out, except for small ones', async () => {
    const object = await written([
      [0, 64 * kib, 1],
      [96 * kib, 32 * kib, 2],
      [512 * mib, mib, 3],
    ]);
    const reader = await driver.openReader(object);
    expect(await extentsOf(reader)).toEqual([
      { offset: 0, length: 128 * kib },
      { offset: 512 * mib, length: mib },
    ]);
    await reader.close();
    expect(warnings).toEqual([]);
  });

  test('are all of a raw file where qemu-img is not installed, and the log says so', async () => {
    const object = await written([[0, mib, 1]]);
    const bare = await openFile({ environment: { PATH: '/nowhere' } }).catch(() => undefined);
    expect(bare).toBeUndefined(); // overlays need the program
    const log = { info: () => undefined, warn: (message: string) => void warnings.push(message) };
    const without = programRunner({ environment: { PATH: '/nowhere' } });
    const copying = await openDriver('file', { directory: path(''), cloneMethod: 'copy' }, { run: without, log });
    try {
      const reader = await copying.openReader(object);
      expect(await extentsOf(reader)).toEqual([{ offset: 0, length: gib }]);
      const found = Buffer.alloc(kib);
      await reader.read(mib - kib, found);
      expect(found).toEqual(Buffer.alloc(kib, 1));
      expect(warnings).toEqual([expect.stringContaining('cannot tell where the data of an object lies')]);
    } finally {
      await copying.close();
    }
  });

  test('of a very fragmented object are told in parts when they are too many for one answer', async () => {
    const pieces = Array.from({ length: 1000 }, (_, i) => [i * mib, 4 * kib, (i % 255) + 1] as const);
    const object = await written(pieces);
    const { clone } = await cloned(object);
    const strict = await openFile({ outputBytesMax: 100_000 });
    try {
      for (const ref of [object, clone]) {
        const reader = await strict.openReader(ref);
        expect(await extentsOf(reader)).toEqual(pieces.map(([offset, length]) => ({ offset, length })));
        const found = Buffer.alloc(8 * kib);
        for (const [offset, length, fill] of [pieces[1]!, pieces[500]!, pieces[999]!]) {
          await reader.read(offset - length, found);
          expect(found.equals(Buffer.concat([Buffer.alloc(length), Buffer.alloc(length, fill)]))).toBe(true);
        }
      }
      expect(warnings).toEqual([]);
    } finally {
      await strict.close();
    }
  });
});

describe('an overlay', () => {
  test('that QEMU has written to is read as QEMU reads it', async () => {
    const { clone, overlay } = await cloned(await written([[0, 4 * mib, 1], [gib - mib, mib, 2]]), 2); // prettier-ignore
    const writes = [
      'write -P 7 65536 65536',
      'write -P 8 1000000 3000',
      'write -z 2097152 65536',
      `write -P 9 ${gib - 1000} 2000`,
      'write -P 10 3145728 512',
      `write -P 11 ${2 * gib - 512} 512`,
      'write -z -u 65536 4096',
    ];
    await run(['qemu-io', '-f', 'qcow2', ...writes.flatMap((write) => ['-c', write]), overlay]);
    const places = [0, gib - 4 * mib, gib, 2 * gib - 4 * mib].map((offset) => ({ offset, length: 4 * mib }));
    const extents = await expectAsQemu(clone, overlay, places);
    expect(extents.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(8 * mib);
    await driver.extend(clone, 3);
    await expectAsQemu(clone, overlay, places);
  });

  test('whose data a plain read does not reach is refused, with its place', async () => {
    const { clone, overlay } = await cloned(await written([[0, mib, 1]]));
    const base = path(`${clone.name}.base`);
    const packed = path('packed');
    await writeFile(packed, Buffer.alloc(mib, 'squeeze me'));
    await run(['qemu-img', 'convert', '-c', '-f', 'raw', '-O', 'qcow2', packed, overlay]);
    await run(['qemu-img', 'rebase', '-u', '-f', 'qcow2', '-F', 'raw', '-b', base, overlay]);
    const reader = await driver.openReader(clone);
    await expect(reader.read(0, Buffer.alloc(512))).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('stored in a way not known here'),
    });
    await reader.close();
    await rm(packed);
  });

  test('that a guest has open is busy', async () => {
    const { clone, overlay } = await cloned(await written([[0, mib, 1]]));
    const calledOff = new AbortController();
    const { size } = await stat(overlay);
    const guest = run(['qemu-io', '-f', 'qcow2', '-c', 'write 0 4k', '-c', 'sleep 50000', overlay], calledOff);
    guest.catch(() => undefined);
    try {
      // Nobody may look into the overlay before the guest has it: the guest would be refused then.
      await eventually(async () => (await stat(overlay)).size > size, { what: 'a write of the guest' });
      const reader = await driver.openReader(clone);
      await expect(reader.read(0, Buffer.alloc(1))).rejects.toMatchObject({ code: 'busy', object: clone.name });
      await reader.close();
    } finally {
      calledOff.abort();
      await guest.catch(() => undefined);
    }
  });

  test('without its base is reported with its path', async () => {
    const { clone, overlay } = await cloned(await written([[0, mib, 1]]));
    await unlink(path(`${clone.name}.base`));
    await expect(driver.openReader(clone)).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining(overlay),
    });
  });

  test('is read on as it was, when it and its source are removed', async () => {
    const source = await written([[0, mib, 1]]);
    const { clone, overlay } = await cloned(source);
    await run(['qemu-io', '-f', 'qcow2', '-c', 'write -P 7 65536 65536', overlay]);
    const reader = await driver.openReader(clone);
    await driver.remove(source);
    await driver.remove(clone);
    await driver.createBlank(clone, 1);
    const found = Buffer.alloc(128 * kib);
    await reader.read(0, found);
    expect(found.equals(Buffer.concat([Buffer.alloc(64 * kib, 1), Buffer.alloc(64 * kib, 7)]))).toBe(true);
    await reader.close();
  });
});

test('a raw file that lost its end is an error, not zeros', async () => {
  const object = await written([[0, mib, 1]]);
  const reader = await driver.openReader(object);
  await truncate(path(object.name), 512 * mib);
  await expect(reader.read(512 * mib - 1, Buffer.alloc(2))).rejects.toMatchObject({ code: 'failed' });
  await reader.close();
});

test('a directory that was swapped for another is unavailable, not empty', async () => {
  const object = await written([[0, mib, 1]]);
  await rename(path(''), path('../elsewhere'));
  try {
    await expect(driver.openReader(object)).rejects.toMatchObject({ code: 'unavailable' });
  } finally {
    await rename(path('../elsewhere'), path(''));
  }
});
