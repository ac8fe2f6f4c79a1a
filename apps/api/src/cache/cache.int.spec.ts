import type { PoolRef } from '@hearth/kernel';
import { badRequest } from '@hearth/cinder-v3';
import { randomUUID } from 'node:crypto';
import { type DatabaseApi, startDatabaseApi } from '../testing/database-api';
import { decideForCache, givenCache, givenEntry } from '../testing/given-cache';
import { FakeFills, FakeImages, imageIdentity } from '../testing/fakes';
import { type Answer, tokens } from '../testing/test-api';
import { imageId } from '../testing/volume-rows';

const admin = { token: tokens.admin };
const images = new FakeImages();
const fills = new FakeFills();
const askedPasses: string[] = [];
const totalGib = 500;
let house: DatabaseApi;
let pools = 0;

beforeAll(async () => {
  house = await startDatabaseApi({
    services: {
      images,
      fills,
      clock: Date,
      passes: {
        run: async (pass) => {
          askedPasses.push(pass);
          return { pass, status: 'done', detail: { pass } };
        },
      },
      hosts: { hosts: async () => new Map([['host', reportOf()]]) },
    },
  });
}, 60_000);
afterAll(() => house.stop());
beforeEach(() => {
  images.image = { status: 'active', identity: imageIdentity() };
  images.failure = undefined;
  fills.running = [];
});

/** Every pool of the tests is as large. */
function reportOf() {
  const pool = (ordinal: number) => ({
    ...{ pool: `host@b${ordinal}#pool` as PoolRef, availabilityZone: 'nova', totalGib, freeGib: 1, provisionedGib: 0 },
    ...{ thin: true, oversubscriptionMax: 1, reservedPercent: 0, capabilities: {}, cloneMethod: 'copy' },
    cache: { state: 'enabled', reason: null, maxSizeGib: 0, maxCount: 0 } as const,
  });
  return {
    ...{ host: 'host', incarnation: 'one', reportedAt: new Date().toISOString(), version: '0', down: [] },
    pools: Array.from({ length: pools }, (_, at) => pool(at + 1)),
  };
}

/** A pool of a test's own, with a cache. */
async function newPool(settings: Parameters<typeof givenCache>[2] = {}): Promise<PoolRef> {
  pools += 1;
  const pool = `host@b${pools}#pool` as PoolRef;
  await givenCache(house, pool, settings);
  return pool;
}

const get = (path: string) => house.api.get(`/v3/cache/${path}`, admin);
const post = (path: string, body: unknown) => house.api.post(`/v3/cache/${path}`, body, admin);
const put = (path: string, body: unknown) => house.api.put(`/v3/cache/${path}`, body, admin);
const del = (path: string) => house.api.delete(`/v3/cache/${path}`, admin);
const encoded = encodeURIComponent;
const bodyOf = <Body>({ body }: Answer) => body as Body;
const messageOf = ({ body }: Answer) => Object.values(body as Record<string, { message: string }>)[0]?.message;
const by = { user_id: 'root', project_id: 'operators', request_id: expect.stringMatching(/^req-/) };

interface Entry {
  readonly id: string;
  readonly status: string;
  readonly generation: number;
}
const entriesOf = async (query: string) => bodyOf<{ entries: Entry[] }>(await get(`entries?${query}`)).entries;

describe('entries', () => {
  test('are listed in pages, with a link to the next and a count', async () => {
    const pool = await newPool();
    for (let ordinal = 0; ordinal < 3; ordinal += 1) await givenEntry(house, pool);
    const query = `pool=${encoded(pool)}&sort=generation:asc&limit=2&with_count=true`;
    const first = bodyOf<{ entries: Entry[]; entries_links: { href: string }[]; count: number }>(
      await get(`entries?${query}`),
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
    const answer = await get(`entries?${query}`);
    expect([answer.status, messageOf(answer)]).toEqual([400, expect.stringMatching(message)]);
  });

  test('one is shown with links to its history and its users', async () => {
    const { id } = await givenEntry(house, await newPool());
    const answer = await get(`entries/${id}`);
    expect(answer).toMatchObject({ status: 200, body: { entry: { id, status: 'ready', used_by: 0, pinned: false } } });
    const { links } = bodyOf<{ entry: { links: { rel: string; href: string }[] } }>(answer).entry;
    for (const { href } of links) {
      expect(await house.api.get(new URL(href).pathname, admin)).toMatchObject({ status: 200 });
    }
  });

  test('an entry that is deleted serves no longer; the answer says what is left of it', async () => {
    const { id, pool, generation } = await givenEntry(house, await newPool());
    expect(await del(`entries/${id}`)).toMatchObject({
      status: 202,
      body: { entry: { status: 'retired', retire_reason: 'manual', retired_by: by, claims: 0, used_by: 0 } },
    });
    expect((await del(`entries/${id}`)).status).toBe(202);
    const events = bodyOf<{ events: object[] }>(await get(`entries/${id}/history`)).events;
    expect(events).toMatchObject([
      { type: 'evict', by, pool, generation },
      { type: 'create' },
      { type: 'fill-started' },
    ]);
  });

  test('P4: one in use is deleted too, and says who still needs it', async () => {
    const pool = await newPool();
    const { id, image } = await givenEntry(house, pool);
    await decideForCache(house, pool, {
      ...{ do: 'ClaimEntry', volumeId: randomUUID() as never, image, content: `content-of-${image.id}`, sizeGib: 1 },
      ...{ limits: { maxSizeGib: 0, maxCount: 0 }, imageVolumeId: randomUUID() as never },
      filler: { host: 'host', incarnation: 'one' },
      ...{ internalProjectId: 'internal' as never, internalUserId: 'cache' as never, at: new Date().toISOString() },
    });
    expect(await del(`entries/${id}`)).toMatchObject({ status: 202, body: { entry: { claims: 1, leases: 1 } } });
    expect(await get(`entries/${id}`)).toMatchObject({ body: { entry: { status: 'retired', reaped_at: null } } });
  });

  test('one that is being filled is not deleted', async () => {
    const { id } = await givenEntry(house, await newPool(), { ready: false });
    expect(await del(`entries/${id}`)).toMatchObject({ status: 409, body: { conflictingRequest: { code: 409 } } });
  });

  test('an image tells where it is cached, pinned and being fetched', async () => {
    const [one, other] = [await newPool(), await newPool()];
    const image = { id: randomUUID() };
    await givenEntry(house, one, { image });
    await givenEntry(house, other, { image });
    await post('pins', { pin: { image_id: image.id, pools: [one] } });
    expect(bodyOf(await get(`images/${image.id.toUpperCase()}`))).toMatchObject({
      image: { id: image.id, entries: [{ pool: other }, { pool: one, pinned: true }], pins: [{ pool: one }] },
    });
    expect(
      bodyOf<{ events: object[] }>(await get(`images/${image.id}/history?type=pinned,create`)).events,
    ).toMatchObject([{ type: 'pinned' }, { type: 'create' }, { type: 'create' }]);
  });

  test('a history comes in pages', async () => {
    const { id } = await givenEntry(house, await newPool());
    const first = bodyOf<{ events: object[]; events_links: { href: string }[] }>(
      await get(`entries/${id}/history?limit=1&direction=asc`),
    );
    expect(first.events).toMatchObject([{ type: 'fill-started' }]);
    const next = new URL(first.events_links[0]!.href);
    expect((await house.api.get(next.pathname + next.search, admin)).body).toMatchObject({
      events: [{ type: 'create' }],
    });
    expect((await get(`entries/${id}/history?marker=x`)).status).toBe(400);
  });
});

describe('J.8: an image-volume', () => {
  const mia = { token: 'internal:mia:member' };
  test('I.33: is listed for administrators among all volumes, and hidden from tenants', async () => {
    const { id, image } = await givenEntry(house, await newPool());
    expect((await house.api.get(`/v3/demo/volumes/${id}`)).status).toBe(404);
    const listed = async (path: string, asking = {}) =>
      bodyOf<{ volumes: object[] }>(await house.api.get(`/v3/${path}&name=image-${image.id}`, asking)).volumes;
    expect(await listed('demo/volumes?limit=9')).toEqual([]);
    expect(await listed('operators/volumes?all_tenants=1', admin)).toMatchObject([{ id }]);
    expect(await house.api.get(`/v3/operators/volumes/${id}`, admin)).toMatchObject({
      status: 200,
      body: { volume: { status: 'available', 'os-vol-tenant-attr:tenant_id': 'internal' } },
    });
  });

  test('P15: counts for the internal project, and never for a tenant', async () => {
    const usage = async (project: string) =>
      bodyOf<{ quota_set: { volumes: { in_use: number } } }>(
        await house.api.get(`/v3/operators/os-quota-sets/${project}?usage=true`, admin),
      ).quota_set.volumes.in_use;
    const [before, ofTenant] = [await usage('internal'), await usage('demo')];
    await givenEntry(house, await newPool());
    expect([await usage('internal'), await usage('demo')]).toEqual([before + 1, ofTenant]);
  });

  test('is deleted by an administrator as any volume, which evicts its entry before the backend removes it', async () => {
    const { id } = await givenEntry(house, await newPool());
    expect((await house.api.delete(`/v3/demo/volumes/${id}`)).status).toBe(404);
    expect((await house.api.delete(`/v3/operators/volumes/${id}`, admin)).status).toBe(202);
    expect(await get(`entries/${id}`)).toMatchObject({
      body: { entry: { status: 'retired', retire_reason: 'manual', retired_by: by } },
    });
    expect(await house.api.get(`/v3/operators/volumes/${id}`, admin)).toMatchObject({
      body: { volume: { status: 'deleting' } },
    });
    expect((await house.api.delete(`/v3/operators/volumes/${id}`, admin)).status).toBe(202);
  });

  test('is deleted by force too, by administrators alone', async () => {
    const force = { 'os-force_delete': {} };
    const forced = (id: string) => house.api.post(`/v3/operators/volumes/${id}/action`, force, admin);
    const { id } = await givenEntry(house, await newPool());
    expect((await house.api.post(`/v3/internal/volumes/${id}/action`, force, mia)).status).toBe(403);
    expect((await forced(id)).status).toBe(202);
    expect(await get(`entries/${id}`)).toMatchObject({
      body: { entry: { status: 'retired', retire_reason: 'manual', retired_by: by } },
    });
    expect((await forced(id)).status).toBe(202);
    const { id: filling } = await givenEntry(house, await newPool(), { ready: false });
    const refused = await forced(filling);
    expect([refused.status, messageOf(refused)]).toEqual([
      400,
      expect.stringMatching(/is being filled from its image/),
    ]);
  });

  test('that is being filled is not deleted, as no volume that is being created', async () => {
    const { id } = await givenEntry(house, await newPool(), { ready: false });
    const answer = await house.api.delete(`/v3/operators/volumes/${id}`, admin);
    expect([answer.status, messageOf(answer)]).toEqual([
      400,
      expect.stringMatching(/status must be available or error/),
    ]);
  });

  test('of the internal project is not deleted by its members', async () => {
    const { id } = await givenEntry(house, await newPool());
    const answer = await house.api.delete(`/v3/internal/volumes/${id}`, mia);
    expect(answer.status).toBe(403);
  });

  test('is changed in no other way', async () => {
    const { id } = await givenEntry(house, await newPool());
    const answer = await house.api.post(`/v3/operators/volumes/${id}/action`, { 'os-extend': { new_size: 9 } }, admin);
    expect([answer.status, messageOf(answer)]).toEqual([400, expect.stringMatching(/entry of the image-volume cache/)]);
  });
});

describe('clear, prune and clean', () => {
  const clear = (pool: string, more: object = {}) => post('clear', { clear: { pools: [pool], ...more } });
  const prune = (pool: string, more: object = {}) => post('prune', { prune: { pools: [pool], ...more } });

  test('clear takes what is not in use, and tells what stays and why', async () => {
    const pool = await newPool();
    const [pinned] = [await givenEntry(house, pool), await givenEntry(house, pool), await givenEntry(house, pool)];
    await givenEntry(house, pool, { ready: false });
    await post('pins', { pin: { image_id: pinned.image.id, pools: [pool] } });
    const totals = { count: 2, size_gib: 2, remaining: 0, skipped: 0 };
    const inPool = { pool, count: 2, pinned: 1, filling: 1, in_use: 0 };
    expect(await clear(pool, { dry_run: true })).toMatchObject({
      status: 200,
      body: { removal: { dry_run: true, ...totals, pools: [{ ...inPool, retired_count: 0 }] } },
    });
    expect(await entriesOf(`pool=${encoded(pool)}&status=ready`)).toHaveLength(3);
    expect(await clear(pool)).toMatchObject({
      body: { removal: { dry_run: false, ...totals, pools: [{ ...inPool, retired_count: 2, retired_gib: 2 }] } },
    });
    expect(await entriesOf(`pool=${encoded(pool)}&status=ready`)).toMatchObject([{ id: pinned.id }]);
    expect(await clear(pool, { pinned: true })).toMatchObject({ body: { removal: { count: 1 } } });
  });

  test('so many at once, and tells what is left', async () => {
    const pool = await newPool();
    for (let ordinal = 0; ordinal < 3; ordinal += 1) await givenEntry(house, pool);
    expect(await clear(pool, { max: 2 })).toMatchObject({ body: { removal: { count: 2, remaining: 1 } } });
    expect(await clear(pool, { max: 2 })).toMatchObject({ body: { removal: { count: 1, remaining: 0 } } });
  });

  test('prune goes down to GiB or a count, in the order of the policy', async () => {
    const pool = await newPool();
    const entries = [];
    for (const sizeGib of [3, 2, 1]) entries.push(await givenEntry(house, pool, { sizeGib }));
    expect(await prune(pool, { size_gib: 4 })).toMatchObject({
      body: { removal: { count: 1, size_gib: 3, entries: [{ id: entries[0]!.id, reason: 'manual' }] } },
    });
    expect(await prune(pool, { count: 1 })).toMatchObject({ body: { removal: { entries: [{ id: entries[1]!.id }] } } });
    expect(await prune(pool, { size_gib: 0 })).toMatchObject({ body: { removal: { count: 1, size_gib: 1 } } });
  });

  test('prune goes by age and by use', async () => {
    const pool = await newPool();
    await givenEntry(house, pool);
    expect(await prune(pool, { older_than_seconds: 3_600 })).toMatchObject({ body: { removal: { count: 0 } } });
    expect(await prune(pool, { unused_for_seconds: 3_600 })).toMatchObject({ body: { removal: { count: 0 } } });
    expect(await prune(pool, { older_than_seconds: 0, dry_run: true })).toMatchObject({
      body: { removal: { count: 1 } },
    });
    expect(await prune(pool, { unused_for_seconds: 0 })).toMatchObject({ body: { removal: { count: 1 } } });
  });

  test("prune without targets makes the pool's own limits hold", async () => {
    const pool = await newPool();
    for (let ordinal = 0; ordinal < 3; ordinal += 1) await givenEntry(house, pool);
    expect(await prune(pool)).toMatchObject({ body: { removal: { count: 0 } } });
    await givenCache(house, pool, { maxCount: 1 });
    expect(await prune(pool)).toMatchObject({ body: { removal: { count: 2, entries: [{ reason: 'limit' }, {}] } } });
  });

  test('prune without targets gives up no more than the limits need beside what goes by its age', async () => {
    const pool = await newPool({ maxCount: 2 });
    const [old, young, gone] = [
      await givenEntry(house, pool),
      await givenEntry(house, pool),
      await givenEntry(house, pool),
    ];
    const suspended = { imageId: gone.image.id, cause: 'deleted', at: '2026-01-02T03:04:05.000Z' } as const;
    await decideForCache(house, pool, { do: 'SuspendImage', ...suspended });
    const dry = await prune(pool, { dry_run: true });
    expect(dry).toMatchObject({ body: { removal: { entries: [{ id: gone.id, reason: 'image-deleted' }] } } });
    expect(await prune(pool)).toMatchObject({ body: { removal: { count: 1 } } });
    const left = await entriesOf(`pool=${encoded(pool)}&status=ready&sort=generation:asc`);
    expect(left.map(({ id }) => id)).toEqual([old.id, young.id]);
  });

  test('clean takes entries whose images are gone, and has the janitor remove the remains', async () => {
    const pool = await newPool();
    const [gone, asleep] = [await givenEntry(house, pool), await givenEntry(house, pool)];
    const at = new Date().toISOString();
    await decideForCache(
      house,
      pool,
      { do: 'SuspendImage', imageId: gone.image.id, cause: 'deleted', at },
      { do: 'SuspendImage', imageId: asleep.image.id, cause: 'deactivated', at },
    );
    askedPasses.length = 0;
    const dry = await post('clean', { clean: { pools: [pool], dry_run: true } });
    expect([dry.body, askedPasses]).toMatchObject([{ removal: { count: 1 }, passes: [] }, []]);
    expect(await post('clean', { clean: { pools: [pool] } })).toMatchObject({
      body: { removal: { entries: [{ id: gone.id, reason: 'image-deleted' }] }, passes: [{ status: 'done' }, {}] },
    });
    expect(askedPasses).toEqual(['reap-retired', 'reconcile']);
  });

  test.each([
    ['clear', { clear: { pools: ['nowhere@a#b'] } }, 404, 'Pool nowhere@a#b could not be found.'],
    ['clear', { clear: { pools: [] } }, 400, expect.stringMatching(/too short/)],
    ['clear', { clear: { max: 0 } }, 400, expect.stringMatching(/less than the minimum of 1/)],
    ['prune', { prune: { size_gib: -1 } }, 400, expect.stringMatching(/less than the minimum of 0/)],
    ['prune', { prune: { colour: 'red' } }, 400, expect.stringMatching(/'colour' was unexpected/)],
    ['clean', {}, 400, expect.stringMatching(/'clean' is a required property/)],
  ])('%s %j is refused', async (what, body, status, message) => {
    const answer = await post(what, body);
    expect([answer.status, messageOf(answer)]).toEqual([status, message]);
  });
});

describe('the switch', () => {
  test('of a pool is turned off and on, by somebody', async () => {
    const pool = await newPool();
    const path = `pools/${encoded(pool)}/switch`;
    expect(await put(path, { switch: { on: false, ready: 'drain' } })).toMatchObject({
      status: 200,
      body: { pool: { pool, off: { ready: 'drain', by } } },
    });
    expect(await put(path, { switch: { on: false } })).toMatchObject({ body: { pool: { off: { ready: 'stay' } } } });
    expect(await put(path, { switch: { on: true } })).toMatchObject({ body: { pool: { off: null } } });
    const events = bodyOf<{ events: object[] }>(await get(`pools/${encoded(pool)}/history`)).events;
    expect(events.map((event) => (event as { type: string }).type)).toEqual([
      ...['switched-on', 'switched-off', 'switched-off', 'settings-reported'],
    ]);
  });

  test.each([[{ on: 'yes' }], [{}], [{ on: true, ready: 'drain' }], [{ on: false, ready: 'burn' }]])(
    '%j is refused',
    async (asked) => {
      expect((await put(`pools/${encoded(await newPool())}/switch`, { switch: asked })).status).toBe(400);
    },
  );
});

describe('pins', () => {
  test('are set, listed and taken away', async () => {
    const pool = await newPool();
    const pinning = await post('pins', { pin: { image_id: imageId, pools: [pool], note: 'golden' } });
    expect(pinning).toMatchObject({ status: 200, body: { pins: [{ pool, note: 'golden', pinned_by: by }] } });
    expect(await get(`pins?pool=${encoded(pool)}`)).toMatchObject({ body: { pins: [{ image_id: imageId }] } });
    expect((await del(`pins/${imageId}?pool=${encoded(pool)}`)).status).toBe(204);
    expect((await del(`pins/${imageId}?pool=${encoded(pool)}`)).status).toBe(404);
  });

  test('of an image that nobody knows are refused', async () => {
    const unknown = randomUUID();
    const answer = await post('pins', { pin: { image_id: unknown } });
    expect([answer.status, messageOf(answer)]).toEqual([404, `Image ${unknown} could not be found.`]);
  });

  test('of an image that only a cache knows any more are taken', async () => {
    const pool = await newPool();
    const { image } = await givenEntry(house, pool);
    expect((await post('pins', { pin: { image_id: image.id, pools: [pool] } })).status).toBe(200);
  });
});

describe('a prefetch', () => {
  const ask = (pool: string, more: object = {}) =>
    post('prefetches', { prefetch: { images: [imageId], pools: [pool], ...more } });
  interface Prefetch {
    readonly id: string;
  }
  const prefetchesOf = (answer: Answer) => bodyOf<{ prefetches: Prefetch[] }>(answer).prefetches;

  test('waits for its host, says how far it is, and can be cancelled', async () => {
    const pool = await newPool();
    const asked = await ask(pool, { pin: true, deadline: '2099-01-01T00:00:00Z' });
    expect(asked).toMatchObject({
      status: 202,
      body: {
        prefetches: [{ pool, image_id: imageId, image_name: 'tiny', status: 'queued', pin: true, requested_by: by }],
      },
    });
    const [{ id } = { id: '' }] = prefetchesOf(asked);
    expect(await get(`pins?pool=${encoded(pool)}`)).toMatchObject({ body: { pins: [{ image_id: imageId }] } });
    expect(await get(`prefetches?pool=${encoded(pool)}&status=queued`)).toMatchObject({
      body: { prefetches: [{ id }] },
    });
    expect(await del(`prefetches/${id}`)).toMatchObject({ status: 202, body: { prefetch: { status: 'cancelled' } } });
    expect(await del(`prefetches/${id}`)).toMatchObject({ status: 202, body: { prefetch: { status: 'cancelled' } } });
  });

  test('of an image that is being fetched is answered with the first', async () => {
    const pool = await newPool();
    const [first] = prefetchesOf(await ask(pool));
    expect(prefetchesOf(await ask(pool))).toEqual([expect.objectContaining({ id: first!.id })]);
    expect(prefetchesOf(await get(`prefetches?pool=${encoded(pool)}`))).toHaveLength(1);
  });

  test('P12: of an image that is being fetched already is pinned all the same where that is asked for', async () => {
    const pool = await newPool();
    const [first] = prefetchesOf(await ask(pool));
    expect(prefetchesOf(await ask(pool, { pin: true }))).toEqual([expect.objectContaining({ id: first!.id })]);
    expect(await get(`pins?pool=${encoded(pool)}`)).toMatchObject({ body: { pins: [{ image_id: imageId }] } });
  });

  test('is skipped where a pool cannot, with the reason', async () => {
    const disabled = await newPool({ state: 'disabled', reason: 'off' });
    const off = await newPool();
    await put(`pools/${encoded(off)}/switch`, { switch: { on: false } });
    const answer = await post('prefetches', { prefetch: { images: [imageId], pools: [disabled, off] } });
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

  test.each([
    ['an unknown image', { images: [randomUUID()] }, 400, /Invalid image identifier/],
    ['the same image twice', { images: [imageId, imageId] }, 400, /non-unique/],
    ['the same image in two spellings', { images: [imageId, imageId.toUpperCase()] }, 400, /is named twice/],
    ['no image', { images: [] }, 400, /too short/],
    ['no pool that there is', { images: [imageId], pools: ['nowhere@a#b'] }, 404, /Pool nowhere@a#b/],
    ['a deadline that has passed', { images: [imageId], deadline: '2020-01-01T00:00:00Z' }, 400, /has passed/],
    ['a deadline that is none', { images: [imageId], deadline: 'soon' }, 400, /deadline is no instant/],
  ])('of %s is refused', async (_, prefetch, status, message) => {
    const answer = await post('prefetches', { prefetch });
    expect([answer.status, messageOf(answer)]).toEqual([status, expect.stringMatching(message)]);
  });

  test.each(['queued', 'deactivated'])('of an image that is %s is refused', async (status) => {
    images.image = { status, identity: imageIdentity() };
    expect(await ask(await newPool())).toMatchObject({ status: 400, body: { badRequest: { message: /./ } } });
  });

  test('of an image larger than the pool or its cache is refused, and nothing is asked of the others', async () => {
    const [small, large] = [await newPool({ maxSizeGib: 5 }), await newPool()];
    images.image = { status: 'active', identity: imageIdentity({ virtualSizeBytes: 6 * 2 ** 30 }) };
    const answer = await post('prefetches', { prefetch: { images: [imageId], pools: [large, small] } });
    expect([answer.status, messageOf(answer)]).toEqual([
      400,
      expect.stringMatching(/takes 6 GiB, and the cache may have 5/),
    ]);
    expect(prefetchesOf(await get(`prefetches?pool=${encoded(large)}`))).toEqual([]);
    images.image = { status: 'active', identity: imageIdentity({ virtualSizeBytes: 600 * 2 ** 30 }) };
    expect(messageOf(await ask(large))).toMatch(/takes 600 GiB, and the pool has 500/);
  });

  test('is not asked for while the image service is away', async () => {
    images.failure = badRequest('away');
    expect((await ask(await newPool())).status).toBe(400);
  });
});

describe('policies', () => {
  const policy = { name: 'debian', image_name: 'debian-12', pools: ['*'], keep: 2, pin: true };

  test('are defined, shown, defined anew and removed', async () => {
    const made = await post('policies', { policy });
    expect(made).toMatchObject({ status: 201, body: { policy: { ...policy, every_seconds: 3_600, defined_by: by } } });
    const { id } = bodyOf<{ policy: { id: string } }>(made).policy;
    const other = { name: 'one', image_id: imageId };
    expect(await put(`policies/${id}`, { policy: other })).toMatchObject({
      status: 200,
      body: { policy: { ...other, image_name: null, keep: 1, pin: false, enabled: true } },
    });
    expect(await get('policies')).toMatchObject({ body: { policies: [{ id }] } });
    expect((await del(`policies/${id}`)).status).toBe(204);
    for (const gone of [get, del]) expect((await gone(`policies/${id}`)).status).toBe(404);
    expect((await put(`policies/${id}`, { policy })).status).toBe(404);
  });

  test.each([
    [{ ...policy, image_id: imageId }, /'image_id' names one image/],
    [{ name: 'any' }, /selects every image/],
    [{ ...policy, keep: 0 }, /less than the minimum of 1/],
    [{ ...policy, every_seconds: 1 }, /less than the minimum of 60/],
    [{ name: 'one', image_id: imageId, keep: 2 }, /keep must be 1/],
  ])('%j is refused', async (asked, message) => {
    const answer = await post('policies', { policy: asked });
    expect([answer.status, messageOf(answer)]).toEqual([400, expect.stringMatching(message)]);
  });
});
