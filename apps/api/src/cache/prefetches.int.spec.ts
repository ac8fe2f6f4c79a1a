import { badRequest } from '@hearth/cinder-v3';
import { randomUUID } from 'node:crypto';
import { bodyOf, by, type CacheApi, startCacheApi } from '../testing/cache-api';
import { messageOf } from '../testing/test-api';
import { imageIdentity } from '../testing/fakes';
import type { Answer } from '../testing/test-api';
import { imageId } from '../testing/volume-rows';

let house: CacheApi;
beforeAll(async () => {
  house = await startCacheApi();
}, 60_000);
afterAll(() => house.stop());
beforeEach(() => {
  house.images.image = { status: 'active', identity: imageIdentity() };
  house.images.failure = undefined;
});

describe('I.37: a prefetch', () => {
  const ask = (pool: string, more: object = {}) =>
    house.post('prefetches', { prefetch: { images: [imageId], pools: [pool], ...more } });
  interface Prefetch {
    readonly id: string;
  }
  const prefetchesOf = (answer: Answer) => bodyOf<{ prefetches: Prefetch[] }>(answer).prefetches;

  test('waits for its host, says how far it is, and can be cancelled', async () => {
    const pool = await house.newPool();
    const asked = await ask(pool, { pin: true, deadline: '2099-01-01T00:00:00Z' });
    expect(asked).toMatchObject({
      status: 202,
      body: {
        prefetches: [{ pool, image_id: imageId, image_name: 'tiny', status: 'queued', pin: true, requested_by: by }],
      },
    });
    const [{ id } = { id: '' }] = prefetchesOf(asked);
    expect(await house.get(`pins?pool=${encodeURIComponent(pool)}`)).toMatchObject({
      body: { pins: [{ image_id: imageId }] },
    });
    expect(await house.get(`prefetches?pool=${encodeURIComponent(pool)}&status=queued`)).toMatchObject({
      body: { prefetches: [{ id }] },
    });
    expect(await house.del(`prefetches/${id}`)).toMatchObject({
      status: 202,
      body: { prefetch: { status: 'cancelled' } },
    });
    expect(await house.del(`prefetches/${id}`)).toMatchObject({
      status: 202,
      body: { prefetch: { status: 'cancelled' } },
    });
  });

  test('of an image that is being fetched is answered with the first', async () => {
    const pool = await house.newPool();
    const [first] = prefetchesOf(await ask(pool));
    expect(prefetchesOf(await ask(pool))).toEqual([expect.objectContaining({ id: first!.id })]);
    expect(prefetchesOf(await house.get(`prefetches?pool=${encodeURIComponent(pool)}`))).toHaveLength(1);
  });

  test('P12: of an image that is being fetched already is pinned all the same where that is asked for', async () => {
    const pool = await house.newPool();
    const [first] = prefetchesOf(await ask(pool));
    expect(prefetchesOf(await ask(pool, { pin: true }))).toEqual([expect.objectContaining({ id: first!.id })]);
    expect(await house.get(`pins?pool=${encodeURIComponent(pool)}`)).toMatchObject({
      body: { pins: [{ image_id: imageId }] },
    });
  });

  test('is skipped where a pool cannot, with the reason', async () => {
    const disabled = await house.newPool({ state: 'disabled', reason: 'off' });
    const off = await house.newPool();
    await house.put(`pools/${encodeURIComponent(off)}/switch`, { switch: { on: false } });
    const answer = await house.post('prefetches', { prefetch: { images: [imageId], pools: [disabled, off] } });
    expect(answer).toMatchObject({
      status: 202,
      body: {
        prefetches: [
          { id: null, pool: disabled, status: 'skipped', reason: 'The pool has no image-volume cache.' },
          { id: null, pool: off, status: 'skipped', reason: expect.stringMatching(/switched off/) },
        ],
      },
    });
  });

  test('of images of which one is unknown is refused by its id', async () => {
    const unknown = randomUUID();
    const answer = await house.post('prefetches', { prefetch: { images: [imageId, unknown] } });
    expect([answer.status, messageOf(answer)]).toEqual([
      400,
      `Image ${unknown} cannot be prefetched: Invalid image identifier or unable to access requested image.`,
    ]);
  });

  test.each([
    ['the same image twice', { images: [imageId, imageId] }, 400, /non-unique/],
    ['the same image in two spellings', { images: [imageId, imageId.toUpperCase()] }, 400, /is named twice/],
    ['no image', { images: [] }, 400, /too short/],
    ['no pool that there is', { images: [imageId], pools: ['nowhere@a#b'] }, 404, /Pool nowhere@a#b/],
    ['a deadline that has passed', { images: [imageId], deadline: '2020-01-01T00:00:00Z' }, 400, /has passed/],
    ['a deadline that is none', { images: [imageId], deadline: 'soon' }, 400, /deadline is no instant/],
  ])('of %s is refused', async (_, prefetch, status, message) => {
    const answer = await house.post('prefetches', { prefetch });
    expect([answer.status, messageOf(answer)]).toEqual([status, expect.stringMatching(message)]);
  });

  test.each(['queued', 'deactivated'])('of an image that is %s is refused', async (status) => {
    house.images.image = { status, identity: imageIdentity() };
    expect(await ask(await house.newPool())).toMatchObject({ status: 400, body: { badRequest: { message: /./ } } });
  });

  test('of an image larger than the pool or its cache is refused, and nothing is asked of the others', async () => {
    const [small, large] = [await house.newPool({ maxSizeGib: 5 }), await house.newPool()];
    house.images.image = { status: 'active', identity: imageIdentity({ virtualSizeBytes: 6 * 2 ** 30 }) };
    const answer = await house.post('prefetches', { prefetch: { images: [imageId], pools: [large, small] } });
    expect([answer.status, messageOf(answer)]).toEqual([
      400,
      expect.stringMatching(/takes 6 GiB, and the cache may have 5/),
    ]);
    expect(prefetchesOf(await house.get(`prefetches?pool=${encodeURIComponent(large)}`))).toEqual([]);
    house.images.image = { status: 'active', identity: imageIdentity({ virtualSizeBytes: 600 * 2 ** 30 }) };
    expect(messageOf(await ask(large))).toMatch(/takes 600 GiB, and the pool has 500/);
  });

  test('is not asked for while the image service is away', async () => {
    house.images.failure = badRequest('away');
    expect((await ask(await house.newPool())).status).toBe(400);
  });
});
