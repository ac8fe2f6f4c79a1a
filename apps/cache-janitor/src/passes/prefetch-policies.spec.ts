import { actor, cachePool, imageOf } from '@hearth/domain/testing';
import { eventually } from '@hearth/testing';
import { isPrefetchOf } from '../policies/policy-prefetch-id';
import { closedAfterEach } from '../testing/closed-after-each';
import { entries, janitorHouse, settings } from '../testing/janitor-house';
import { at, defined, hourMs, madeAt, policyHouse, policyId, version } from '../testing/policy-house';

const given = closedAfterEach(policyHouse);
const givenPools = closedAfterEach(janitorHouse);

describe('an image that a policy selects', () => {
  test('I.37: is pinned and asked for, with its identity, in every pool that the policy names', async () => {
    const pools = ['store-01@fast#a', 'store-01@fast#b', 'store-01@slow#c'];
    const house = await givenPools(['store-01']);
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
    const house = await givenPools(['store-01']);
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
