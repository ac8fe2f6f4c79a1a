import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MountedFilesystem, withFilesystem } from '@hearth/testing/servers';
import { programRunner } from '../run-program';
import { DirectFile, DirectTurns } from './direct-io';

jest.setTimeout(60_000);

/** What is used of WebAssembly: its memory begins at a page. */
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
};
const mib = 2 ** 20;
const { buffer } = new WebAssembly.Memory({ initial: 32 });
const aligned = Buffer.from(buffer);
randomBytes(aligned.length).copy(aligned);
const run = programRunner();

/** Bytes of a file that the page cache holds. */
async function cachedBytes(path: string): Promise<number> {
  const { stdout } = await run(['fincore', '--bytes', '--noheadings', '--output', 'RES', path]);
  return Number(stdout);
}

async function writing(
  directory: string,
  work: (direct: DirectFile, file: Awaited<ReturnType<typeof open>>, path: string) => Promise<void>,
): Promise<void> {
  const path = join(directory, `file-${randomBytes(4).toString('hex')}`);
  const file = await open(path, 'wx+');
  const direct = new DirectFile(file, 'write');
  try {
    await work(direct, file, path);
  } finally {
    await direct.close();
    await file.close();
  }
}

describe.each(['xfs', 'ext4'] as const)('on %s', (kind) => {
  let mounted: MountedFilesystem;
  beforeAll(async () => {
    mounted = await withFilesystem(kind, { sizeMib: 320 });
  });
  afterAll(() => mounted?.stop());

  test('aligned bytes go past the page cache, several at once', () =>
    writing(mounted.directory, async (direct, _, path) => {
      const writes = [0, mib / 2, mib].map((at) => direct.write(aligned.subarray(at, at + mib / 2), at));
      expect(await Promise.all(writes)).toEqual([true, true, true]);
      expect(await cachedBytes(path)).toBe(0);
      expect((await readFile(path)).equals(aligned.subarray(0, 1.5 * mib))).toBe(true);
    }));

  test('what is written in the usual way before and after, beside and over them, reads back', () =>
    writing(mounted.directory, async (direct, file, path) => {
      const expected = Buffer.alloc(mib);
      const usual = async (offset: number, length: number) => {
        const bytes = randomBytes(length);
        await file.write(bytes, 0, length, offset);
        bytes.copy(expected, offset);
      };
      await file.truncate(mib);
      await usual(100, 70_000);
      expect(await direct.write(aligned.subarray(0, 65_536), 65_536)).toBe(true);
      aligned.copy(expected, 65_536, 0, 65_536);
      await usual(130_000, 5_000);
      await file.datasync();
      expect((await readFile(path)).equals(expected)).toBe(true);
    }));

  test('aligned bytes are read past the page cache too, and what was written in the usual way is among them', () =>
    writing(mounted.directory, async (_, file) => {
      const bytes = randomBytes(mib);
      await file.write(bytes, 0, mib, 0);
      const direct = new DirectFile(file, 'read');
      const target = Buffer.from(buffer, mib / 2, mib);
      try {
        await file.datasync();
        expect(await direct.read(target, 0)).toBe(true);
        expect(target.equals(bytes)).toBe(true);
        expect(await direct.read(target.subarray(1), 0)).toBe(false);
        await expect(direct.read(target, mib)).rejects.toThrow('the file ends');
      } finally {
        await direct.close();
      }
    }));

  test.each([
    ['offset', 512, aligned.subarray(0, 4096)],
    ['length', 4096, aligned.subarray(0, 1000)],
    ['place in memory', 4096, aligned.subarray(16, 16 + 4096)],
    ['memory', 4096, Buffer.from(new ArrayBuffer(4096 + 64), 0, 4096)],
  ])('bytes of an odd %s are left to the usual way, and nothing is written', (_, offset, bytes) =>
    writing(mounted.directory, async (direct, file) => {
      const isWritten = await direct.write(bytes, offset);
      // Memory of JavaScript's own may begin at a page by chance.
      if (!isWritten) expect((await file.stat()).size).toBe(0);
      else expect(bytes.byteOffset % 4096).toBe(0);
    }),
  );

  test('a disk that is full is no odd alignment', () =>
    writing(mounted.directory, async (direct, file) => {
      await file.truncate(1024 * mib);
      const fill = async () => {
        for (let at = 0; at < 1024 * mib; at += mib) await direct.write(aligned.subarray(0, mib), at);
      };
      await expect(fill()).rejects.toMatchObject({ code: 'ENOSPC' });
    }));
});

test('a file that cannot be opened directly is left to the usual way', async () => {
  const direct = new DirectFile({ fd: 2 ** 30 }, 'write');
  expect(await direct.write(aligned.subarray(0, 4096), 0)).toBe(false);
  await direct.close();
});

test('no more than two are under way, and each gets its turn in order', async () => {
  const turns = new DirectTurns();
  const order: number[] = [];
  let [running, most] = [0, 0];
  await Promise.all(
    Array.from({ length: 9 }, (_, index) =>
      turns.take(async () => {
        most = Math.max(most, (running += 1));
        await new Promise((resolve) => setImmediate(resolve));
        order.push(index);
        running -= 1;
        if (index === 4) throw new Error('a write failed');
      }),
    ).map((turn) => turn.catch(() => undefined)),
  );
  expect([most, order]).toEqual([2, [0, 1, 2, 3, 4, 5, 6, 7, 8]]);
});
