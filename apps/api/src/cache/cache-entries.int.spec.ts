import { randomUUID } from 'node:crypto';
import { admin, bodyOf, by, type CacheApi, type CacheEntry, startCacheApi } from '../testing/cache-api';
import { messageOf } from '../testing/test-api';
import { decideForCache, givenEntry } from '../testing/given-cache';

let house: CacheApi;
beforeAll(async () => {
  house = await startCacheApi();
}, 60_000);
afterAll(() => house.stop());

describe('entries', () => {
  test('are listed in pages, with a link to the next and a count', async () => {
    const pool = await house.newPool();
    for (let ordinal = 0; ordinal < 3; ordinal += 1) await givenEntry(house, pool);
    const query = `pool=${encodeURIComponent(pool)}&sort=generation:asc&limit=2&with_count=true`;
    const first = bodyOf<{ entries: CacheEntry[]; entries_links: { href: string }[]; count: number }>(
      await house.get(`entries?${query}`),
    );
    expect([first.entries.map(({ generation }) => generation), first.count]).toEqual([[1, 2], 3]);
    const next = new URL(first.entries_links[0]!.href);
    const rest = await house.api.get(next.pathname + next.search, admin);
    expect(rest.body).toMatchObject({ entries: [{ generation: 3 }] });
    expect(rest.body).not.toHaveProperty('entries_links');
  });

  test.each([
    ['colour=red', /unknown parameter 'colour': known are pool/],
    ['status=lost', /status is none of filling, ready, retired: 'lost'/],
    ['status=ready,lost', /'lost'/],
    ['pool=a&pool=b', /pool is said twice/],
    ['pinned=perhaps', /'perhaps' for 'pinned' is not a boolean/],
    ['min_size=-1', /min_size is '-1'; it must be a whole number from 0/],
    ['created_since=yesterday', /created_since is no instant in ISO 8601/],
    ['created_since=2026-02-31T99:00Z', /created_since is no instant/],
    ['sort=colour', /Invalid sort key/],
    ['retire_reason=mood', /retire_reason is none of lru/],
  ])('%s is refused by name', async (query, message) => {
    const answer = await house.get(`entries?${query}`);
    expect([answer.status, messageOf(answer)]).toEqual([400, expect.stringMatching(message)]);
  });

  test('those whose prefetch was cancelled can be asked for', async () => {
    const pool = await house.newPool();
    expect(await house.entriesOf(`pool=${encodeURIComponent(pool)}&retire_reason=cancelled`)).toEqual([]);
  });

  test('one is shown with links to its history and its users', async () => {
    const { id } = await givenEntry(house, await house.newPool());
    const answer = await house.get(`entries/${id}`);
    expect(answer).toMatchObject({ status: 200, body: { entry: { id, status: 'ready', used_by: 0, pinned: false } } });
    const { links } = bodyOf<{ entry: { links: { rel: string; href: string }[] } }>(answer).entry;
    for (const { href } of links) {
      expect(await house.api.get(new URL(href).pathname, admin)).toMatchObject({ status: 200 });
    }
  });

  test('an entry that is deleted serves no longer; the answer says what is left of it', async () => {
    const { id, pool, generation } = await givenEntry(house, await house.newPool());
    expect(await house.del(`entries/${id}`)).toMatchObject({
      status: 202,
      body: { entry: { status: 'retired', retire_reason: 'manual', retired_by: by, claims: 0, used_by: 0 } },
    });
    expect((await house.del(`entries/${id}`)).status).toBe(202);
    const events = bodyOf<{ events: object[] }>(await house.get(`entries/${id}/history`)).events;
    expect(events).toMatchObject([
      { type: 'evict', by, pool, generation },
      { type: 'create' },
      { type: 'fill-started' },
    ]);
  });

  test('P4: one in use is deleted too, and says who still needs it', async () => {
    const pool = await house.newPool();
    const { id, image } = await givenEntry(house, pool);
    await decideForCache(house, pool, {
      ...{ do: 'ClaimEntry', volumeId: randomUUID() as never, image, content: `content-of-${image.id}`, sizeGib: 1 },
      ...{ limits: { maxSizeGib: 0, maxCount: 0 }, imageVolumeId: randomUUID() as never },
      filler: { host: 'host', incarnation: 'one' },
      ...{ internalProjectId: 'internal' as never, internalUserId: 'cache' as never, at: new Date().toISOString() },
    });
    expect(await house.del(`entries/${id}`)).toMatchObject({ status: 202, body: { entry: { claims: 1, leases: 1 } } });
    expect(await house.get(`entries/${id}`)).toMatchObject({ body: { entry: { status: 'retired', reaped_at: null } } });
  });

  test('one that is being filled is not deleted', async () => {
    const { id } = await givenEntry(house, await house.newPool(), { ready: false });
    expect(await house.del(`entries/${id}`)).toMatchObject({
      status: 409,
      body: { conflictingRequest: { code: 409 } },
    });
  });

  test('an image tells where it is cached, pinned and being fetched', async () => {
    const [one, other] = [await house.newPool(), await house.newPool()];
    const image = { id: randomUUID() };
    await givenEntry(house, one, { image });
    await givenEntry(house, other, { image });
    await house.post('pins', { pin: { image_id: image.id, pools: [one] } });
    expect(bodyOf(await house.get(`images/${image.id.toUpperCase()}`))).toMatchObject({
      image: { id: image.id, entries: [{ pool: other }, { pool: one, pinned: true }], pins: [{ pool: one }] },
    });
    expect(
      bodyOf<{ events: object[] }>(await house.get(`images/${image.id}/history?type=pinned,create`)).events,
    ).toMatchObject([{ type: 'pinned' }, { type: 'create' }, { type: 'create' }]);
  });

  test('a history comes in pages', async () => {
    const { id } = await givenEntry(house, await house.newPool());
    const first = bodyOf<{ events: object[]; events_links: { href: string }[] }>(
      await house.get(`entries/${id}/history?limit=1&direction=asc`),
    );
    expect(first.events).toMatchObject([{ type: 'fill-started' }]);
    const next = new URL(first.events_links[0]!.href);
    expect((await house.api.get(next.pathname + next.search, admin)).body).toMatchObject({
      events: [{ type: 'create' }],
    });
    expect((await house.get(`entries/${id}/history?marker=x`)).status).toBe(400);
  });
});
