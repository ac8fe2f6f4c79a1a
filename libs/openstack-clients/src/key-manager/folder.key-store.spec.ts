import { type TemporaryDirectory, temporaryDirectory } from '@hearth/testing';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FolderKeyStore } from './folder.key-store';
import { KeyManagerError } from './key-manager';

const key = { name: 'a volume', algorithm: 'aes', bytes: Buffer.from('0123456789abcdef') };
const absent = '5a1d1f2e-7a44-4b0e-9d60-2f0c3bde7a10';
let home: TemporaryDirectory;
let directory: string;
let store: FolderKeyStore;

beforeEach(async () => {
  home = await temporaryDirectory('folder-key-store');
  directory = join(home.path, 'keys');
  store = new FolderKeyStore(directory);
});
afterEach(() => home.remove());

async function problemOf(work: Promise<unknown>): Promise<unknown> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (!(error instanceof KeyManagerError)) throw new Error('no KeyManagerError was thrown', { cause: error });
  expect(error.message).not.toContain(key.bytes.toString());
  expect(error.message).not.toContain(key.bytes.toString('base64'));
  return error.problem;
}

test('a key is read as it was stored, by another process too, in whatever case its id is written', async () => {
  const id = await store.store(key);
  expect(await new FolderKeyStore(directory).key(id.toUpperCase())).toEqual({ algorithm: 'aes', bytes: key.bytes });
  await store.allow();
  await store.close();
});

test('a key is a file that only its owner reads, in a folder of the same kind', async () => {
  const id = await store.store(key);
  expect((await stat(join(directory, `${id}.json`))).mode & 0o777).toBe(0o600);
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
});

test('a key that was removed is not there, and is removed again without harm; others stay', async () => {
  const [id, other] = [await store.store(key), await store.store(key)];
  await store.remove(id);
  await store.remove(id);
  expect(await problemOf(store.key(id))).toBe('not-found');
  expect(await readdir(directory)).toEqual([`${other}.json`]);
});

describe('the problem is', () => {
  test.each(['key', 'remove'] as const)('that there is no such id, for a path (%s)', async (method) => {
    expect(await problemOf(store[method](`../keys/${absent}`))).toBe('not-found');
  });

  test.each(['key', 'remove'] as const)('a folder that is away, not a key that is (%s)', async (method) => {
    expect(await problemOf(store[method](absent))).toBe('away');
    await writeFile(directory, '');
    expect(await problemOf(store[method](absent))).toBe('away');
    expect(await problemOf(store.store(key))).toBe('away');
  });

  test.each([['nothing'], ['{'], ['{"name":"x","algorithm":"aes","key":""}'], ['[]']])(
    'a file that holds no key: %s',
    async (content) => {
      const id = await store.store(key);
      await writeFile(join(directory, `${id}.json`), content);
      expect(await problemOf(store.key(id))).toBe('nonsense');
    },
  );
});
