import type { CachePolicyEvent, CacheSettings, ImageCacheEvent } from '@hearth/contracts';
import { actor, cachePool, generationOf, imageOf } from '@hearth/domain/testing';
import { eventually } from '@hearth/testing';
import { entries, entryOf, type JanitorHouse, janitorHouse, settings } from '../testing/janitor-house';
import { isPrefetchOf } from '../policies/policy-prefetch-id';

const policyId = '5b1c6f0e-8a4d-4c1b-9f6e-2d7a3b4c5d6e';
const at = '2026-01-02T03:00:00.000Z';
type Definition = Extract<CachePolicyEvent, { type: 'defined' }>['data'];

const defined = (patch: Partial<Definition> = {}): CachePolicyEvent => ({
  type: 'defined',
  data: {
    ...{ name: 'latest Debian', selector: { name: 'debian' }, pools: ['*'], keep: 1, pin: true, everySeconds: 3_600 },
    ...{ enabled: true, by: actor, at, ...patch },
  },
});
/** Version `number` of the image, one a day. */
const version = (number: number) => ({ ...imageOf(number), name: 'debian', virtualSizeBytes: 2 ** 30 });
const madeAt = (number: number) => `2026-01-0${number}T00:00:00Z`;

let last: JanitorHouse | undefined;
afterEach(async () => last?.close());

async function given(policy: Partial<Definition>, cache: Partial<CacheSettings> = {}, stepsMax = 100) {
  const house = (last = await janitorHouse(['store-01'], { policyStepsMax: stepsMax }));
  await house.happen('service', 'store-01@fast', settings(cache));
  await house.happen('cache-policy', policyId, defined(policy));
  const { passes } = await house.open();
  const put = (number: number, status = 'active') => house.images.put(version(number), status, madeAt(number));
  const run = () => passes.runNow('prefetch-policies');
  const facts = async (pool?: string) =>
    (await house.factsOf(pool)).map(({ type, data }) => [
      type,
      'imageId' in data ? Number(data.imageId.slice(-2)) : undefined,
    ]);
  /** The host fills what was asked for, as it does. */
  const fill = async (generation: number, image: number) => {
    const { prefetches } = await house.cacheOf();
    const prefetch = prefetches.get(imageOf(image).id);
    if (!prefetch) throw new Error('nobody has asked for it');
    const { prefetchId, imageId } = prefetch;
    const ended = { prefetchId, imageId, outcome: 'cached', generation: generationOf(generation), failure: null, at };
    await house.happen('image-cache', cachePool, ...entryOf(generation, image, { prefetchId }), {
      type: 'prefetch-ended',
      data: ended as Extract<ImageCacheEvent, { type: 'prefetch-ended' }>['data'],
    });
  };
  return { ...house, passes, put, run, facts, fill };
}
const hourMs = 3_600_000;

describe('an image that a policy selects', () => {
  test('I.37: is pinned and asked for, with its identity, in every pool that the policy names', async () => {
    const pools = ['store-01@fast#a', 'store-01@fast#b', 'store-01@slow#c'];
    const house = (last = await janitorHouse(['store-01']));
    await house.happen('service', 'store-01@fast', settings({}, pools));
    await house.happen('cache-policy', policyId, defined({ pools: ['store-01@fast'] }));
    house.images.put(version(1), 'active', madeAt(1));
    const { passes } = await house.open();
    expect(await passes.runNow('prefetch-policies')).toEqual({ examined: 1, owed: 4, done: 4, left: 0 });
    for (const pool of pools.slice(0, 2)) {
      const { pins, prefetches } = await house.cacheOf(pool);
      expect(pins.get(imageOf(1).id)).toMatchObject({ by: { policyId }, note: 'latest Debian' });
      const prefetch = prefetches.get(imageOf(1).id);
      expect(prefetch).toMatchObject({ image: { id: imageOf(1).id }, deadline: '2026-01-02T04:04:05.000Z' });
      expect(isPrefetchOf(policyId, prefetch?.prefetchId ?? '')).toBe(true);
    }
    expect(await house.factsOf(pools[2])).toEqual([]);
  });

  test('by its id needs no list', async () => {
    const { put, run, facts, images } = await given({ selector: { imageId: imageOf(1).id }, pin: false });
    put(1);
    put(2);
    await run();
    expect(await facts()).toEqual([['prefetch-requested', 1]]);
    expect(images.lists).toBe(0);
  });

  test('and is there, or on its way, is not asked for again, by nobody', async () => {
    const { put, run, facts, pass, open, fill } = await given({ pin: false });
    put(1);
    await run();
    const other = await open();
    expect(await other.passes.runNow('prefetch-policies')).toMatchObject({ done: 0 });
    pass(hourMs);
    expect(await run()).toMatchObject({ owed: 0 });
    await fill(1, 1);
    pass(hourMs);
    await eventually(async () => (await run()).examined === 1);
    expect((await facts()).filter(([type]) => type === 'prefetch-requested')).toHaveLength(1);
  });

  test('and was brought by a create, or pinned by a user, is left as it is', async () => {
    const { happen, put, run, cacheOf, open } = await given({});
    put(1);
    const pinned = { imageId: imageOf(1).id, by: actor, note: 'mine', at };
    await happen('image-cache', cachePool, ...entries(1), { type: 'pinned', data: pinned });
    await open();
    await eventually(async () => (await run()).owed === 0);
    expect((await cacheOf()).pins.get(imageOf(1).id)).toMatchObject({ note: 'mine', by: actor });
  });

  test('and could not be had is asked for again only at the policy’s next turn, whichever janitor it is', async () => {
    const { put, run, facts, happen, cacheOf, pass, open } = await given({ pin: false });
    put(1);
    await run();
    const prefetchId = (await cacheOf()).prefetches.get(imageOf(1).id)?.prefetchId ?? '';
    const failure = { code: 'image.download_failed', reason: 'it broke' } as const;
    const ended = { prefetchId, imageId: imageOf(1).id, outcome: 'error' as const, generation: null, failure, at };
    await happen('image-cache', cachePool, { type: 'prefetch-ended', data: ended });
    const other = await open();
    expect(await other.passes.runNow('prefetch-policies')).toMatchObject({ done: 0 });
    pass(hourMs - 1);
    expect(await run()).toMatchObject({ done: 0 });
    pass(1);
    await eventually(async () => (await run()).done === 1);
    expect((await facts()).map(([type]) => type)).toEqual([
      'prefetch-requested',
      'prefetch-ended',
      'prefetch-requested',
    ]);
  });

  test.each(['the same janitor', 'one that starts then'])(
    'and could not be had while the clock was a year ahead is asked for when that is right again, by %s',
    async (whose) => {
      const yearMs = 8_766 * hourMs;
      const { put, run, happen, cacheOf, pass, open } = await given({ pin: false });
      put(1);
      pass(yearMs);
      await run();
      const { prefetchId, imageId } = (await cacheOf()).prefetches.get(imageOf(1).id)!;
      const failure = { code: 'image.download_failed', reason: 'it broke' } as const;
      const ended = { prefetchId, imageId, outcome: 'error' as const, generation: null, failure, at };
      await happen('image-cache', cachePool, { type: 'prefetch-ended', data: ended });
      pass(-yearMs);
      const { passes } = await open();
      const runThen = whose === 'the same janitor' ? run : () => passes.runNow('prefetch-policies');
      await eventually(async () => (await runThen()).done === 1, { timeoutMs: 2_000 });
    },
  );

  test('and is larger than the cache may be is told, and asked of the others', async () => {
    const pools = ['store-01@fast#a', 'store-01@fast#b'];
    const house = (last = await janitorHouse(['store-01']));
    await house.happen('service', 'store-01@fast', settings({ maxSizeGib: 1 }, pools.slice(0, 1)));
    const big = settings({}, pools.slice(1));
    await house.happen('service', 'store-01@big', {
      ...big,
      data: { ...big.data, service: 'store-01@big' },
    } as typeof big);
    await house.happen('cache-policy', policyId, defined({ pin: false }));
    house.images.put({ ...version(1), virtualSizeBytes: 2 ** 31 }, 'active', madeAt(1));
    const { passes } = await house.open();
    expect(await passes.runNow('prefetch-policies')).toMatchObject({ owed: 2, done: 1 });
    expect(house.told).toContainEqual([
      'info',
      'a pool did not do what a pass asked of it',
      expect.objectContaining({ pool: pools[0], refused: 'image-cache.larger_than_cache' }),
    ]);
  });
});

describe('follow-latest', () => {
  test('I.38: the newest are kept, so many as the policy says; who comes after them is let go when they are all there', async () => {
    const { put, run, fill, pass, facts, cacheOf } = await given({ keep: 2 });
    put(1);
    put(2);
    await run();
    await fill(1, 1);
    await fill(2, 2);
    put(3);
    pass(hourMs);
    // The pin goes at once, which makes room; the copy stays until the newest is there.
    await eventually(async () => (await run()).done === 3);
    expect([...(await cacheOf()).pins.keys()].sort()).toEqual([imageOf(2).id, imageOf(3).id]);
    expect((await facts()).slice(-3)).toEqual([
      ['unpinned', 1],
      ['pinned', 3],
      ['prefetch-requested', 3],
    ]);
    await fill(3, 3);
    pass(hourMs);
    await eventually(async () => (await run()).done === 1);
    expect((await facts()).at(-1)).toEqual(['evict', 1]);
    const stored = await last!.factsOf();
    expect(stored.at(-1)).toMatchObject({ data: { reason: 'superseded', by: { policyId } } });
  });

  test('P12: what a user has pinned, or a create has brought, is not the policy’s to let go', async () => {
    const { put, run, fill, pass, happen, facts } = await given({});
    put(1);
    await run();
    await fill(1, 1);
    await happen('image-cache', cachePool, ...entries(2), {
      type: 'pinned',
      data: { imageId: imageOf(1).id, by: actor, note: 'mine', at },
    });
    put(3);
    pass(hourMs);
    await eventually(async () => (await run()).done === 2);
    await fill(3, 3);
    pass(hourMs);
    await run();
    pass(hourMs);
    expect(await run()).toMatchObject({ owed: 0 });
    expect((await facts()).filter(([type]) => type === 'evict' || type === 'unpinned')).toEqual([]);
  });

  test('a selector that finds nothing lets go of nothing, and says so', async () => {
    const { put, run, fill, pass, images, facts, told } = await given({});
    put(1);
    await run();
    await fill(1, 1);
    images.remove(imageOf(1).id);
    pass(hourMs);
    expect(await run()).toEqual({ examined: 1, owed: 0, done: 0, left: 0 });
    expect((await facts()).map(([type]) => type)).not.toContain('unpinned');
    expect(told).toContainEqual(['warn', 'a policy finds no image', expect.objectContaining({ policyId })]);
  });

  test("a tenant's image of the same name, which is newer, throws nothing out and is not fetched", async () => {
    const { put, run, images, facts, cacheOf, fill, pass } = await given({});
    put(1);
    await run();
    await fill(1, 1);
    for (const [number, visibility] of [
      [2, 'private'],
      [3, 'shared'],
      [4, 'community'],
    ] as const) {
      images.put({ ...version(number), visibility, owner: 'a tenant' }, 'active', madeAt(number));
    }
    const before = await facts();
    pass(hourMs);
    expect(await run()).toMatchObject({ examined: 1, owed: 0 });
    expect(await facts()).toEqual(before);
    expect([...(await cacheOf()).pins.keys()]).toEqual([imageOf(1).id]);
  });

  test('an image that is not active, or has another name or properties, is not selected', async () => {
    const selector = { name: 'debian', properties: { os_distro: 'debian', visibility: 'public' } };
    const { put, run, images, facts } = await given({ selector, pin: false });
    const of = (number: number, patch: object) =>
      images.put(
        { ...version(number), visibility: 'public', properties: { os_distro: 'debian' }, ...patch },
        'active',
        madeAt(number),
      );
    of(1, {});
    of(2, { properties: {} });
    of(3, { name: 'ubuntu' });
    of(4, { visibility: 'private' });
    put(5, 'deactivated');
    await run();
    expect(await facts()).toEqual([['prefetch-requested', 1]]);
  });
});

describe('a policy', () => {
  test('that is switched off or removed does nothing, and what it brought stays', async () => {
    const off = await given({ enabled: false });
    off.put(1);
    expect(await off.run()).toEqual({ examined: 1, owed: 0, done: 0, left: 0 });
    await off.happen('cache-policy', policyId, { type: 'removed', data: { by: actor, at } });
    await eventually(async () => (await off.run()).examined === 0);
    expect(await off.facts()).toEqual([]);
  });

  test('that is changed runs at once', async () => {
    const { put, run, happen, facts } = await given({ selector: { name: 'nothing' } });
    put(1);
    await run();
    await happen('cache-policy', policyId, defined({ at: '2026-01-02T03:04:05.000Z' }));
    await eventually(async () => (await run()).done === 2);
    expect((await facts()).map(([type]) => type)).toEqual(['pinned', 'prefetch-requested']);
  });

  test('waits for an image service that is away, and loses no turn by it', async () => {
    const { put, run, images, facts } = await given({ pin: false });
    put(1);
    images.problem = 'away';
    expect(await run()).toEqual({ examined: 1, owed: 0, done: 0, left: 1 });
    images.problem = undefined;
    expect(await run()).toMatchObject({ done: 1, left: 0 });
    expect(await facts()).toHaveLength(1);
  });

  test('asks for a bounded number of things in a run, and for the rest in the next ones', async () => {
    const { put, run } = await given({ keep: 5 }, {}, 4);
    for (const number of [1, 2, 3, 4, 5]) put(number);
    expect(await run()).toEqual({ examined: 1, owed: 10, done: 4, left: 6 });
    await eventually(async () => (await run()).owed === 0);
    expect((await last!.cacheOf()).prefetches.size).toBe(5);
  });

  test.each([
    ['an image with more properties than the log takes', { properties: { note: 'x'.repeat(600_000) } }, 'info', 1],
    ['an image whose id the log does not take', { id: 'no-uuid' }, 'warn', 0],
  ])('of %s keeps no other from its turn', async (_, patch, level, done) => {
    const { run, images, happen, told, passes, cacheOf } = await given({ selector: { name: 'odd' } });
    images.put({ ...version(1), name: 'odd', ...patch }, 'active', madeAt(1));
    images.put(version(2), 'active', madeAt(2));
    await happen('cache-policy', '6b1c6f0e-8a4d-4c1b-9f6e-2d7a3b4c5d6e', defined());
    expect(await run()).toMatchObject({ examined: 2, owed: 4, done: 2 + done });
    expect([...(await cacheOf()).prefetches.keys()]).toEqual([imageOf(2).id]);
    expect(told.filter(([each]) => each === level).length).toBeGreaterThan(0);
    expect(passes.check()).toMatchObject({ 'prefetch-policies': { owed: 4 } });
  });

  test('of which much is refused every time keeps no other from its turn', async () => {
    const { put, run, happen, facts } = await given({ keep: 3, pin: false }, { maxSizeGib: 1 }, 2);
    for (const number of [1, 2, 3]) put(number);
    const small = { ...version(4), name: 'cirros', virtualSizeBytes: 1_000 };
    const house = last!;
    for (const number of [1, 2, 3])
      house.images.put({ ...version(number), virtualSizeBytes: 2 ** 32 }, 'active', madeAt(number));
    house.images.put(small, 'active', madeAt(4));
    const other = '6c1c6f0e-8a4d-4c1b-9f6e-2d7a3b4c5d6e';
    await happen('cache-policy', other, defined({ selector: { name: 'cirros' }, pin: false }));
    await eventually(async () => {
      house.pass(1_000);
      await run();
      return (await facts()).length === 1;
    });
    expect(await facts()).toEqual([['prefetch-requested', 4]]);
  });

  test('leaves caches alone that are not enabled, or switched off', async () => {
    const disabled = await given({}, { state: 'disabled' });
    disabled.put(1);
    expect(await disabled.run()).toMatchObject({ owed: 0 });
    await disabled.close();
    const off = await given({});
    off.put(1);
    const data = { ready: 'stay', by: actor, at } as const;
    await off.happen('image-cache', cachePool, { type: 'switched-off', data });
    const { passes } = await off.open();
    expect(await passes.runNow('prefetch-policies')).toMatchObject({ owed: 0 });
  });

  test('takes a prefetch back that it wants no more', async () => {
    const { put, run, pass, cacheOf, facts } = await given({ pin: false });
    put(1);
    await run();
    put(2);
    pass(hourMs);
    await eventually(async () => (await run()).done === 2);
    expect([...(await cacheOf()).prefetches.keys()]).toEqual([imageOf(2).id]);
    expect((await facts()).map(([type]) => type)).toEqual([
      'prefetch-requested',
      'prefetch-requested',
      'prefetch-cancelled',
      'prefetch-ended',
    ]);
  });
});
