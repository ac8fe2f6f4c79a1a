import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageCacheEvent } from '@hearth/contracts';
import { eventually, temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { cacheEvents } from '../../tools/dev-stack/src/demo/seen';
import { imageIdOf } from '../../tools/image-service/src/image-record';
import { type ImageService, startImageService } from '../../tools/image-service/src/image.server';
import { startTestStack, type TestStack } from './stack';

jest.setTimeout(180_000);

let directory: TemporaryDirectory;
let images: ImageService;
let stack: TestStack;
const folder = () => join(directory.path, 'images');

beforeAll(async () => {
  directory = await temporaryDirectory('hearth-image-lifecycle-');
  await mkdir(folder());
  images = await startImageService({ directory: folder(), host: '127.0.0.1', port: 0 });
  stack = await startTestStack({
    imageServiceUrl: images.url,
    backendOptions: { image_volume_cache_grace_seconds: 1 },
    envOf: { 'cache-janitor': { HEARTH_AGE_INTERVAL_MS: '300', HEARTH_POLICIES_INTERVAL_MS: '300' } },
  });
});

afterAll(async () => {
  await stack?.stop();
  await images?.stop();
  await directory?.remove();
});

/** Puts an image into the service's folder, or changes what it says of it. */
async function say(file: string, sidecar: Record<string, unknown>): Promise<string> {
  const path = join(folder(), `${file}.json`);
  await writeFile(`${path}.new`, JSON.stringify(sidecar));
  await rename(`${path}.new`, path);
  return imageIdOf(file);
}
async function putActive(file: string, sidecar: Record<string, unknown> = {}): Promise<string> {
  await writeFile(join(folder(), file), randomBytes(2 ** 20));
  const id = await say(file, sidecar);
  await eventually(async () => {
    const record = (await (await fetch(`${images.url}/v2/images/${id}`)).json()) as { status?: string };
    return record.status === 'active';
  });
  return id;
}

const happened = <Type extends ImageCacheEvent['type']>(type: Type, imageId: string) =>
  stack.watch.until(
    (seen) => cacheEvents(seen, type).find(({ data }) => 'imageId' in data && data.imageId === imageId),
    `'${type}' of image ${imageId}`,
  );

async function create(imageRef: string) {
  const { id } = await stack.api.create({ size: 1, imageRef });
  return (await stack.watch.untilEnd(id)).decision;
}

test('I.36: an image that is deactivated serves nobody until it is active again, and one that is deleted leaves the cache', async () => {
  const imageId = await putActive('debian.raw');
  const kept = await putActive('kept.raw');
  expect(await create(imageId)).toMatchObject({ outcome: 'miss' });
  expect(await create(kept)).toMatchObject({ outcome: 'miss' });

  await say('debian.raw', { status: 'deactivated' });
  expect((await happened('suspended', imageId)).data).toMatchObject({ cause: 'deactivated' });
  await say('debian.raw', { name: 'another name', properties: { os_distro: 'debian' } });
  await happened('resumed', imageId);
  expect(await create(imageId)).toMatchObject({ outcome: 'hit', bytesDownloaded: 0 });

  await rm(join(folder(), 'debian.raw'));
  expect((await happened('evict', imageId)).data).toMatchObject({ reason: 'image-deleted' });
  // The object goes too, and the other image is as it was.
  await stack.watch.until((seen) => cacheEvents(seen, 'reaped').length > 0, 'the object of the entry is removed');
  expect(await create(kept)).toMatchObject({ outcome: 'hit' });
});

test('I.37: a policy keeps the newest image in the cache before anybody asks for it, and lets the one before go', async () => {
  const define = async (method: 'POST' | 'PUT', path: string, note: string) => {
    const policy = { name: note, image_name: 'nightly', pools: ['*'], keep: 1, pin: true, every_seconds: 60 };
    const answer = await fetch(`${stack.apiUrl}/v3/cache/policies${path}`, {
      method,
      headers: { 'x-auth-token': stack.admin.token, 'content-type': 'application/json' },
      body: JSON.stringify({ policy }),
    });
    if (!answer.ok) throw new Error(`the policy was refused: ${await answer.text()}`);
    return ((await answer.json()) as { policy: { id: string } }).policy.id;
  };
  const first = await putActive('nightly-1.raw', { name: 'nightly' });
  const policyId = await define('POST', '', 'latest');
  expect((await happened('prefetch-ended', first)).data).toMatchObject({ outcome: 'cached' });
  expect(await create(first)).toMatchObject({ outcome: 'hit', bytesDownloaded: 0 });

  // Files are told apart in seconds; a policy that is defined anew runs at once.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const second = await putActive('nightly-2.raw', { name: 'nightly' });
  await define('PUT', `/${policyId}`, 'the latest');
  expect((await happened('prefetch-ended', second)).data).toMatchObject({ outcome: 'cached' });
  expect((await happened('unpinned', first)).data).toMatchObject({ by: { policyId } });
  // The one before goes at the policy's next turn after that.
  let turn = 0;
  const isGone = async () => {
    await define('PUT', `/${policyId}`, `turn ${(turn += 1)}`);
    return cacheEvents(stack.watch.seen, 'evict').some(({ data }) => data.imageId === first);
  };
  await eventually(isGone, { timeoutMs: 30_000, intervalMs: 500, what: 'the end of the image before' });
  expect((await happened('evict', first)).data).toMatchObject({ reason: 'superseded', by: { policyId } });
  expect(await create(second)).toMatchObject({ outcome: 'hit' });
});

test('an image service that is away changes nothing', async () => {
  const imageId = await putActive('steady.raw');
  await create(imageId);
  const before = cacheEvents(stack.watch.seen, 'suspended').length;
  await images.stop();
  const runs = async () => {
    const page = await (await fetch(new URL('/metrics', stack.app('cache-janitor').healthUrl))).text();
    return Number(/^hearth_janitor_image_looks_total\{[^}]*answer="unanswered"[^}]*\} (\d+)/m.exec(page)?.[1] ?? 0);
  };
  await eventually(async () => (await runs()) > 1, { timeoutMs: 30_000 });
  expect(cacheEvents(stack.watch.seen, 'suspended')).toHaveLength(before);
  expect((await fetch(stack.app('cache-janitor').healthUrl)).status).toBe(200);
});
