import { randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { VolumeApi } from '../../tools/dev-stack/src/demo/volume-api';
import { findVolumeFile } from '../../tools/dev-stack/src/demo/volume-file';
import { type Glance, startGlance } from '../real/glance';
import { cacheEventsOfLog, volumesOfLog } from './disk-and-log';
import { digestOfDisk } from './disk-digest';
import { type IdentityFront, startIdentityFront } from './identity-front';
import { startTestStack, type TestStack } from './stack';

jest.setTimeout(180_000);

const mib = 1024 * 1024;

let directory: TemporaryDirectory;
let glance: Glance;
let front: IdentityFront;
let stack: TestStack;
let stranger: VolumeApi;

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-tenants-');
  glance = await startGlance({ directory: join(directory.path, 'glance'), access: 'identity-headers' });
  front = await startIdentityFront(glance.url);
  stack = await startTestStack({ imageServiceUrl: front.url });
  const project = `project-${randomUUID().slice(0, 8)}`;
  stranger = new VolumeApi(stack.apiUrl, project, `${project}:mallory:member`);
});

afterAll(async () => {
  await stack?.stop();
  await front?.stop();
  await glance?.stop();
  await directory?.remove();
});

/** A private image of the stack's first project, of which it has made a volume: the bytes are in the cache. */
async function cachedPrivateImage(name: string) {
  const bytes = randomBytes(4 * mib);
  const properties = { owner: stack.api.projectId };
  const image = { name, diskFormat: 'raw', visibility: 'private', properties, data: { bytes } } as const;
  const { id } = await glance.images.create(image);
  const file = join(directory.path, `${name}.raw`);
  await writeFile(file, bytes);
  const digest = await digestOfDisk({ file, format: 'raw' }, directory.path);
  expect(await bytesOfVolume(stack.api, id)).toEqual({ outcome: 'miss', digest });
  return { id, digest, bytes };
}

async function bytesOfVolume(api: VolumeApi, imageRef: string) {
  const { id } = await api.create({ size: 1, imageRef });
  const { decision } = await stack.watch.untilEnd(id);
  const digest = await digestOfDisk(await findVolumeFile(stack.backendDirectory, id), directory.path);
  return { outcome: decision?.outcome, digest };
}

/** What was refused has left no volume, and no use of the cache. */
async function expectRefusal(api: VolumeApi, imageRef: string): Promise<void> {
  const before = await volumesOfLog(stack);
  const uses = (await cacheEventsOfLog(stack)).length;
  await expect(api.create({ size: 1, imageRef })).rejects.toMatchObject({ status: 400 });
  expect([...(await volumesOfLog(stack)).keys()]).toEqual([...before.keys()]);
  expect((await cacheEventsOfLog(stack)).length).toBe(uses);
}

test('P2: the image of another project makes no volume, though its bytes are cached; shared with all, it does, by a hit', async () => {
  const { id, digest } = await cachedPrivateImage('of-another-project');
  await expectRefusal(stranger, id);
  await glance.images.patch(id, [{ op: 'replace', path: '/visibility', value: 'public' }]);
  expect(await bytesOfVolume(stranger, id)).toEqual({ outcome: 'hit', digest });
  await glance.images.patch(id, [{ op: 'replace', path: '/visibility', value: 'private' }]);
  await expectRefusal(stranger, id);
  expect(await bytesOfVolume(stack.api, id)).toEqual({ outcome: 'hit', digest });
});

test('P2 · J.j: an image that is deactivated makes no volume, though its bytes are cached', async () => {
  const { id, digest } = await cachedPrivateImage('deactivated');
  await glance.images.deactivate(id);
  await expectRefusal(stack.api, id);
  await glance.images.reactivate(id);
  expect(await bytesOfVolume(stack.api, id)).toEqual({ outcome: 'hit', digest });
});

test('P2: who has an image of the same bytes is served from bytes of that image, and not from those of another project', async () => {
  const { digest, bytes } = await cachedPrivateImage('the-same-bytes');
  const { id } = await glance.images.create({
    ...{ name: 'a-copy', diskFormat: 'raw', visibility: 'private', data: { bytes } },
    properties: { owner: stranger.projectId },
  });
  expect(await bytesOfVolume(stranger, id)).toEqual({ outcome: 'miss', digest });
  await expectRefusal(stack.api, id);
});
