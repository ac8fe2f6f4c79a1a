import { randomUUID } from 'node:crypto';
import { bodyOf, by, type CacheApi, startCacheApi } from '../testing/cache-api';
import { messageOf } from '../testing/test-api';
import { givenEntry } from '../testing/given-cache';
import { imageId } from '../testing/volume-rows';

let house: CacheApi;
beforeAll(async () => {
  house = await startCacheApi();
}, 60_000);
afterAll(() => house.stop());

describe('the switch', () => {
  test('of a pool is turned off and on, by somebody', async () => {
    const pool = await house.newPool();
    const path = `pools/${encodeURIComponent(pool)}/switch`;
    expect(await house.put(path, { switch: { on: false, ready: 'drain' } })).toMatchObject({
      status: 200,
      body: { pool: { pool, off: { ready: 'drain', by } } },
    });
    expect(await house.put(path, { switch: { on: false } })).toMatchObject({
      body: { pool: { off: { ready: 'stay' } } },
    });
    expect(await house.put(path, { switch: { on: true } })).toMatchObject({ body: { pool: { off: null } } });
    const events = bodyOf<{ events: object[] }>(await house.get(`pools/${encodeURIComponent(pool)}/history`)).events;
    expect(events.map((event) => (event as { type: string }).type)).toEqual([
      ...['switched-on', 'switched-off', 'switched-off', 'settings-reported'],
    ]);
  });

  test.each([[{ on: 'yes' }], [{}], [{ on: true, ready: 'drain' }], [{ on: false, ready: 'burn' }]])(
    '%j is refused',
    async (asked) => {
      expect(
        (await house.put(`pools/${encodeURIComponent(await house.newPool())}/switch`, { switch: asked })).status,
      ).toBe(400);
    },
  );
});

describe('pins', () => {
  test('are set, listed and taken away', async () => {
    const pool = await house.newPool();
    const pinning = await house.post('pins', { pin: { image_id: imageId, pools: [pool], note: 'golden' } });
    expect(pinning).toMatchObject({ status: 200, body: { pins: [{ pool, note: 'golden', pinned_by: by }] } });
    expect(await house.get(`pins?pool=${encodeURIComponent(pool)}`)).toMatchObject({
      body: { pins: [{ image_id: imageId }] },
    });
    expect((await house.del(`pins/${imageId}?pool=${encodeURIComponent(pool)}`)).status).toBe(204);
    expect((await house.del(`pins/${imageId}?pool=${encodeURIComponent(pool)}`)).status).toBe(404);
  });

  test('of an image that nobody knows are refused', async () => {
    const unknown = randomUUID();
    const answer = await house.post('pins', { pin: { image_id: unknown } });
    expect([answer.status, messageOf(answer)]).toEqual([404, `Image ${unknown} could not be found.`]);
  });

  test('of an image that only a cache knows any more are taken', async () => {
    const pool = await house.newPool();
    const { image } = await givenEntry(house, pool);
    expect((await house.post('pins', { pin: { image_id: image.id, pools: [pool] } })).status).toBe(200);
  });
});

describe('policies', () => {
  const policy = { name: 'debian', image_name: 'debian-12', pools: ['*'], keep: 2, pin: true };

  test('are defined, shown, defined anew and removed', async () => {
    const made = await house.post('policies', { policy });
    expect(made).toMatchObject({ status: 201, body: { policy: { ...policy, every_seconds: 3_600, defined_by: by } } });
    const { id } = bodyOf<{ policy: { id: string } }>(made).policy;
    const other = { name: 'one', image_id: imageId };
    expect(await house.put(`policies/${id}`, { policy: other })).toMatchObject({
      status: 200,
      body: { policy: { ...other, image_name: null, keep: 1, pin: false, enabled: true } },
    });
    expect(await house.get('policies')).toMatchObject({ body: { policies: [{ id }] } });
    expect((await house.del(`policies/${id}`)).status).toBe(204);
    for (const gone of [house.get, house.del]) expect((await gone(`policies/${id}`)).status).toBe(404);
    expect((await house.put(`policies/${id}`, { policy })).status).toBe(404);
  });

  test('tell which pools with a cache they are about', async () => {
    const pool = await house.newPool();
    const off = await house.newPool({ state: 'disabled' });
    const matched = async (pools: string[]) => {
      const made = await house.post('policies', { policy: { ...policy, pools } });
      const { id } = bodyOf<{ policy: { id: string } }>(made).policy;
      const { body } = await house.get(`policies/${id}`);
      await house.del(`policies/${id}`);
      return (body as { policy: { matched_pools: string[] } }).policy.matched_pools;
    };
    expect(await matched([pool, off])).toEqual([pool]);
    expect(await matched(['*'])).toEqual(expect.arrayContaining([pool]));
    expect(await matched(['nowhere@*'])).toEqual([]);
  });

  test.each([
    [{ ...policy, image_id: imageId }, /'image_id' names one image/],
    [{ name: 'any' }, /selects every image/],
    [{ ...policy, keep: 0 }, /less than the minimum of 1/],
    [{ ...policy, every_seconds: 1 }, /less than the minimum of 60/],
    [{ name: 'one', image_id: imageId, keep: 2 }, /keep must be 1/],
  ])('%j is refused', async (asked, message) => {
    const answer = await house.post('policies', { policy: asked });
    expect([answer.status, messageOf(answer)]).toEqual([400, expect.stringMatching(message)]);
  });
});
