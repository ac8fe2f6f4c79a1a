import { randomUUID } from 'node:crypto';
import { link, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canCloneImages, type ImageCloneCapable, type VolumeDriver } from '@hearth/driver-api';
import { type MountedFilesystem, withFilesystem } from '@hearth/testing/servers';
import { openDriver } from '../registry';
import { programRunner } from '../run-program';

jest.setTimeout(60_000);

const run = programRunner();
const environment = { run, log: { info: () => undefined, warn: () => undefined } };
const imageId = randomUUID();

let mounted: MountedFilesystem;
let driver: VolumeDriver & ImageCloneCapable;
const at = (...parts: string[]) => join(mounted.directory, ...parts);

beforeAll(async () => {
  mounted = await withFilesystem('xfs', { sizeMib: 320 });
  for (const folder of ['images', 'private', 'others']) await mkdir(at(folder));
  driver = await open([at('images'), at('others')]);
}, 60_000);
afterAll(async () => {
  await driver?.close();
  await mounted?.stop();
});

async function open(imageDirectories: readonly string[]): Promise<VolumeDriver & ImageCloneCapable> {
  const opened = await openDriver('file', { directory: at('volumes'), pool: 'here', imageDirectories }, environment);
  if (!canCloneImages(opened)) throw new Error('the file driver clones images');
  return opened;
}

/** What becomes of a place of image `id`. */
async function opening(url: string, { id = imageId, by = driver } = {}): Promise<string> {
  const answer = await by.openImage({ imageId: id, url });
  if ('unfit' in answer) return answer.unfit;
  await answer.close();
  return 'opened';
}

test('§F.6: only files in the folders that the operator named are taken', async () => {
  await writeFile(at('images', imageId), 'an image');
  await writeFile(at('private', imageId), 'a secret');
  expect(await opening(`file://${at('images', imageId)}`)).toBe('opened');
  expect(await opening(`file://localhost${at('images', imageId)}`)).toBe('opened');
  expect(await opening(`file://${at('private', imageId)}`)).toBe('place-not-allowed');
  expect(await opening(`file://${at('images')}/../private/${imageId}`)).toBe('place-not-allowed');
  expect(await opening(`file://${at('images')}/%2e%2e/private/${imageId}`)).toBe('place-not-allowed');
});

test('§F.6: without folders nothing is taken', async () => {
  await writeFile(at('images', imageId), 'an image');
  const without = await open([]);
  expect(await opening(`file://${at('images', imageId)}`, { by: without })).toBe('place-not-allowed');
  await without.close();
});

test('OSSN-0065: who names the file of another image, or of a volume, gets neither', async () => {
  const victim = randomUUID();
  await writeFile(at('images', victim), "somebody else's image");
  await writeFile(at('images', `volume-${victim}`), "somebody else's volume");
  expect(await opening(`file://${at('images', victim)}`)).toBe('place-not-allowed');
  expect(await opening(`file://${at('images', `volume-${victim}`)}`, { id: `volume-${victim}` })).toBe(
    'place-not-allowed',
  );
  expect(await opening(`file://${at('images', `volume-${victim}`)}`)).toBe('place-not-allowed');
});

test.each([
  ['another host', 'file://elsewhere/images/x'],
  ['a slash in disguise', 'file:///images/a%2Fb'],
  ['a query', 'file:///images/x?y=z'],
  ['a zero byte', 'file:///images/x%00'],
  ['a path alone', '/images/x'],
])('%s is no place', async (_, url) => expect(await opening(url)).toBe('place-not-supported'));

describe('what is no regular file', () => {
  afterEach(() => rm(at('images', imageId), { force: true, recursive: true }));

  test('a link, even to an image', async () => {
    await rm(at('images', imageId), { force: true });
    await writeFile(at('others', imageId), 'an image');
    await symlink(at('others', imageId), at('images', imageId));
    expect(await opening(`file://${at('images', imageId)}`)).toBe('not-a-file');
  });

  test('a pipe, which nobody waits at', async () => {
    await run(['mkfifo', at('images', imageId)]);
    expect(await opening(`file://${at('images', imageId)}`)).toBe('not-a-file');
  });

  test('a device', async () => {
    await run(['mknod', at('images', imageId), 'c', '1', '5']);
    expect(await opening(`file://${at('images', imageId)}`)).toBe('not-a-file');
  });

  test('a folder, and an empty file', async () => {
    await mkdir(at('images', imageId));
    expect(await opening(`file://${at('images', imageId)}`)).toBe('not-a-file');
    await rm(at('images', imageId), { recursive: true });
    await writeFile(at('images', imageId), '');
    expect(await opening(`file://${at('images', imageId)}`)).toBe('not-a-file');
  });

  test('nothing at all', async () => {
    expect(await opening(`file://${at('images', imageId)}`)).toBe('place-not-found');
    expect(await opening(`file://${at('images', imageId, imageId)}`)).toBe('place-not-found');
  });
});

test('a link in the way is followed, and where it ends is what counts', async () => {
  await writeFile(at('others', imageId), 'an image');
  await writeFile(at('private', imageId), 'a secret');
  await symlink(at('others'), at('images', 'good'));
  await symlink(at('private'), at('images', 'bad'));
  expect(await opening(`file://${at('images', 'good', imageId)}`)).toBe('opened');
  expect(await opening(`file://${at('images', 'bad', imageId)}`)).toBe('place-not-allowed');
});

test('a file system of its own cannot be shared with', async () => {
  const other = await withFilesystem('xfs', { sizeMib: 320 });
  const by = await open([other.directory]);
  try {
    await writeFile(join(other.directory, imageId), 'an image');
    expect(await opening(`file://${join(other.directory, imageId)}`, { by })).toBe('elsewhere');
  } finally {
    await by.close();
    await other.stop();
  }
});

test('a file that takes the place of the one that was opened is not what is cloned', async () => {
  const id = randomUUID();
  const path = at('images', id);
  await writeFile(path, 'the image that was looked at');
  const image = await driver.openImage({ imageId: id, url: `file://${path}` });
  if ('unfit' in image) throw new Error(image.unfit);
  await writeFile(at('images', 'new'), 'another image');
  await link(path, at('others', 'kept'));
  await rename(at('images', 'new'), path);
  const target = { pool: 'here', name: `volume-${randomUUID()}` };
  const answer = await image.cloneTo(target, 1);
  // The link and the rename have changed the file's own record: that is told too, and nothing was made.
  expect(answer).toEqual({ unfit: 'changed' });
  expect(await driver.describe(target)).toBeUndefined();
  await image.close();
});

test('an image that lies about its size shares its holes, and counts by its size', async () => {
  const id = randomUUID();
  const path = at('images', id);
  await run(['truncate', '--size', '3G', path]);
  const image = await driver.openImage({ imageId: id, url: `file://${path}` });
  if ('unfit' in image) throw new Error(image.unfit);
  const target = { pool: 'here', name: `volume-${randomUUID()}` };
  expect(await image.cloneTo(target, 3)).toEqual({ cloneMethod: 'reflink' });
  expect(await driver.describe(target)).toMatchObject({ sizeGib: 3 });
  await image.close();
  await driver.remove(target);
});
