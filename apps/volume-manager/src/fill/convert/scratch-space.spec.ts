import { type TemporaryDirectory, temporaryDirectory } from '@hearth/testing';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openRenounced, openScratchFile } from './scratch-file';
import { ScratchSpace } from './scratch-space';

let home: TemporaryDirectory;
beforeEach(async () => {
  home = await temporaryDirectory();
});
afterEach(async () => {
  await home.remove();
});

describe('a scratch file', () => {
  test('has no name, keeps bytes anywhere, and is read back', async () => {
    const file = await openScratchFile(join(home.path, 'made', 'for', 'it'));
    expect(readdirSync(file.directory)).toEqual([]);
    await file.write(Buffer.from('there'), 1_000_000);
    await file.write(Buffer.from('here'), 0);
    expect(await file.sizeBytes()).toBe(1_000_005);
    expect((await file.read(999_999, 4)).toString('latin1')).toBe('\0the');
    expect((await file.read(1_000_003, 100)).toString()).toBe('re');
    expect(await file.read(2_000_000, 10)).toHaveLength(0);
    const source = await file.asSource();
    expect(source.sizeBytes).toBe(1_000_005);
    expect((await source.read(0, 4)).toString()).toBe('here');
    expect(readFileSync(file.path).subarray(0, 4).toString()).toBe('here');
    await file.close();
    await file.close();
  });

  test('takes up only what was written', async () => {
    const file = await openScratchFile(home.path);
    await file.handle.truncate(2 ** 30);
    await file.write(Buffer.alloc(4_096, 1), 2 ** 29);
    expect(await file.allocatedBytes()).toBeLessThan(2 ** 20);
    await file.close();
  });

  test('where files cannot be without a name from the start, loses it at once', async () => {
    const file = await openRenounced(home.path);
    expect(readdirSync(home.path)).toEqual([]);
    await file.close();
  });

  test('names that a crash left behind go, those of living processes stay', async () => {
    const old = new Date(Date.now() - 2 * 3_600_000);
    await writeFile(join(home.path, 'spool-crashed'), '');
    await mkdir(join(home.path, 'spool-folder'));
    await writeFile(join(home.path, 'notes'), 'not ours');
    for (const name of ['spool-crashed', 'spool-folder', 'notes']) await utimes(join(home.path, name), old, old);
    await writeFile(join(home.path, 'spool-living'), '');
    await (await openRenounced(home.path)).close();
    expect(readdirSync(home.path).sort()).toEqual(['notes', 'spool-living']);
  });
});

describe('the room of the scratch directory', () => {
  const withFree = (bytes: number) => new ScratchSpace(join(home.path, 'scratch'), () => Promise.resolve(bytes));

  test('is promised once', async () => {
    const space = withFree(1_000);
    const first = await space.reserve(600);
    expect(space.promisedBytes).toBe(600);
    await expect(space.reserve(500)).rejects.toMatchObject({
      failure: { code: 'image.too_big', detail: expect.stringMatching(/: 100 bytes are missing$/) },
    });
    first.release();
    expect((await space.reserve(1_000)).bytes).toBe(1_000);
  });

  test('of two that ask at once, one is refused', async () => {
    const space = withFree(1_000);
    const asked = await Promise.allSettled([space.reserve(700), space.reserve(700)]);
    expect(asked.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('what was written is not counted twice: the file system counts it', async () => {
    const space = withFree(1_000_000);
    const file = await space.openFile({ reserveBytes: 500_000 });
    await file.write(Buffer.alloc(200_000, 1), 0);
    expect(space.promisedBytes).toBe(300_000);
    await file.write(Buffer.alloc(400_000, 1), 200_000);
    expect(space.promisedBytes).toBe(0);
    await file.close();
  });

  test('a byte at the end of a file takes up the room of a byte: what comes before it is still promised', async () => {
    const space = withFree(1_000_000);
    const file = await space.openFile({ reserveBytes: 500_000 });
    await file.write(Buffer.alloc(1, 1), 499_999);
    expect(space.promisedBytes).toBe(499_999);
    await file.close();
  });

  test('comes back though the file could not be closed well', async () => {
    const space = withFree(1_000);
    const file = await space.openFile({ reserveBytes: 1_000 });
    const close = file.handle.close.bind(file.handle);
    file.handle.close = () => close().then(() => Promise.reject(new Error('EIO: lost bytes')));
    await expect(file.close()).rejects.toThrow('EIO');
    expect(space.promisedBytes).toBe(0);
  });

  test('comes back when the file is closed', async () => {
    const space = withFree(1_000);
    const file = await space.openFile({ reserveBytes: 1_000 });
    await file.close();
    expect(space.promisedBytes).toBe(0);
    expect(readdirSync(space.directory)).toEqual([]);
  });

  test('is what the file system says', async () => {
    const space = new ScratchSpace(home.path);
    await expect(space.reserve(2 ** 60)).rejects.toMatchObject({ failure: { code: 'image.too_big' } });
    (await space.reserve(1)).release();
  });

  test('a directory that cannot be used is an error, not a lack of room', async () => {
    await writeFile(join(home.path, 'file'), '');
    const space = new ScratchSpace(join(home.path, 'file', 'below'));
    await expect(space.openFile({ reserveBytes: 1 })).rejects.toThrow('ENOTDIR');
    expect(space.promisedBytes).toBe(0);
  });
});
