import { type CacheApi, startCacheApi } from '../testing/cache-api';
import { messageOf } from '../testing/test-api';
import { decideForCache, givenCache, givenEntry } from '../testing/given-cache';

let house: CacheApi;
beforeAll(async () => {
  house = await startCacheApi();
}, 60_000);
afterAll(() => house.stop());

describe('clear, prune and clean', () => {
  const clear = (pool: string, more: object = {}) => house.post('clear', { clear: { pools: [pool], ...more } });
  const prune = (pool: string, more: object = {}) => house.post('prune', { prune: { pools: [pool], ...more } });

  test('clear takes what is not in use, and tells what stays and why', async () => {
    const pool = await house.newPool();
    const [pinned] = [await givenEntry(house, pool), await givenEntry(house, pool), await givenEntry(house, pool)];
    await givenEntry(house, pool, { ready: false });
    await house.post('pins', { pin: { image_id: pinned.image.id, pools: [pool] } });
    const totals = { count: 2, size_gib: 2, remaining: 0, skipped: 0 };
    const inPool = { pool, count: 2, pinned: 1, filling: 1, in_use: 0 };
    expect(await clear(pool, { dry_run: true })).toMatchObject({
      status: 200,
      body: { removal: { dry_run: true, ...totals, pools: [{ ...inPool, retired_count: 0 }] } },
    });
    expect(await house.entriesOf(`pool=${encodeURIComponent(pool)}&status=ready`)).toHaveLength(3);
    expect(await clear(pool)).toMatchObject({
      body: { removal: { dry_run: false, ...totals, pools: [{ ...inPool, retired_count: 2, retired_gib: 2 }] } },
    });
    expect(await house.entriesOf(`pool=${encodeURIComponent(pool)}&status=ready`)).toMatchObject([{ id: pinned.id }]);
    expect(await clear(pool, { pinned: true })).toMatchObject({ body: { removal: { count: 1 } } });
  });

  test('so many at once, and tells what is left', async () => {
    const pool = await house.newPool();
    for (let ordinal = 0; ordinal < 3; ordinal += 1) await givenEntry(house, pool);
    expect(await clear(pool, { max: 2 })).toMatchObject({ body: { removal: { count: 2, remaining: 1 } } });
    expect(await clear(pool, { max: 2 })).toMatchObject({ body: { removal: { count: 1, remaining: 0 } } });
  });

  test('prune goes down to GiB or a count, in the order of the policy', async () => {
    const pool = await house.newPool();
    const entries = [];
    for (const sizeGib of [3, 2, 1]) entries.push(await givenEntry(house, pool, { sizeGib }));
    expect(await prune(pool, { size_gib: 4 })).toMatchObject({
      body: { removal: { count: 1, size_gib: 3, entries: [{ id: entries[0]!.id, reason: 'manual' }] } },
    });
    expect(await prune(pool, { count: 1 })).toMatchObject({ body: { removal: { entries: [{ id: entries[1]!.id }] } } });
    expect(await prune(pool, { size_gib: 0 })).toMatchObject({ body: { removal: { count: 1, size_gib: 1 } } });
  });

  test('prune goes by age and by use', async () => {
    const pool = await house.newPool();
    await givenEntry(house, pool);
    expect(await prune(pool, { older_than_seconds: 3_600 })).toMatchObject({ body: { removal: { count: 0 } } });
    expect(await prune(pool, { unused_for_seconds: 3_600 })).toMatchObject({ body: { removal: { count: 0 } } });
    expect(await prune(pool, { older_than_seconds: 0, dry_run: true })).toMatchObject({
      body: { removal: { count: 1 } },
    });
    expect(await prune(pool, { unused_for_seconds: 0 })).toMatchObject({ body: { removal: { count: 1 } } });
  });

  test("prune without targets makes the pool's own limits hold", async () => {
    const pool = await house.newPool();
    for (let ordinal = 0; ordinal < 3; ordinal += 1) await givenEntry(house, pool);
    expect(await prune(pool)).toMatchObject({ body: { removal: { count: 0 } } });
    await givenCache(house, pool, { maxCount: 1 });
    expect(await prune(pool)).toMatchObject({ body: { removal: { count: 2, entries: [{ reason: 'limit' }, {}] } } });
  });

  test('prune without targets gives up no more than the limits need beside what goes by its age', async () => {
    const pool = await house.newPool({ maxCount: 2 });
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
    const left = await house.entriesOf(`pool=${encodeURIComponent(pool)}&status=ready&sort=generation:asc`);
    expect(left.map(({ id }) => id)).toEqual([old.id, young.id]);
  });

  test('clean takes entries whose images are gone, and has the janitor remove the remains', async () => {
    const pool = await house.newPool();
    const [gone, asleep] = [await givenEntry(house, pool), await givenEntry(house, pool)];
    const at = new Date().toISOString();
    await decideForCache(
      house,
      pool,
      { do: 'SuspendImage', imageId: gone.image.id, cause: 'deleted', at },
      { do: 'SuspendImage', imageId: asleep.image.id, cause: 'deactivated', at },
    );
    house.askedPasses.length = 0;
    const dry = await house.post('clean', { clean: { pools: [pool], dry_run: true } });
    expect([dry.body, house.askedPasses]).toMatchObject([{ removal: { count: 1 }, passes: [] }, []]);
    expect(await house.post('clean', { clean: { pools: [pool] } })).toMatchObject({
      body: { removal: { entries: [{ id: gone.id, reason: 'image-deleted' }] }, passes: [{ status: 'done' }, {}] },
    });
    expect(house.askedPasses).toEqual(['reap-retired', 'reconcile']);
  });

  test.each([
    ['clear', { clear: { pools: ['nowhere@a#b'] } }, 404, 'Pool nowhere@a#b could not be found.'],
    ['clear', { clear: { pools: [] } }, 400, expect.stringMatching(/too short/)],
    ['clear', { clear: { max: 0 } }, 400, expect.stringMatching(/less than the minimum of 1/)],
    ['prune', { prune: { size_gib: -1 } }, 400, expect.stringMatching(/less than the minimum of 0/)],
    ['prune', { prune: { colour: 'red' } }, 400, expect.stringMatching(/'colour' was unexpected/)],
    ['clean', {}, 400, expect.stringMatching(/'clean' is a required property/)],
  ])('%s %j is refused', async (what, body, status, message) => {
    const answer = await house.post(what, body);
    expect([answer.status, messageOf(answer)]).toEqual([status, message]);
  });
});
