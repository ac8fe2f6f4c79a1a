import { type HostReport, type ImageCacheEvent } from '@hearth/contracts';
import { cachePool, generationOf, volumeOf } from '@hearth/domain/testing';
import { eventually } from '@hearth/testing';
import { closedAfterEach } from '../testing/closed-after-each';
import { entries, fewSteps, type JanitorHouse, janitorHouse, settings } from '../testing/janitor-house';

const given = closedAfterEach((...hosts: string[]) => janitorHouse(hosts, fewSteps));

describe('evict-over-limit', () => {
  const usage = async ({ cacheOf }: JanitorHouse) => (await cacheOf()).usage;

  test('limits that were lowered are made to hold in bounded runs, the least recently used first', async () => {
    const all = await given('store-01');
    await all.happen('image-cache', cachePool, ...entries(1, 2, 3, 4));
    await all.happen('service', 'store-01@fast', settings({ maxCount: 1 }));
    const { passes } = await all.open();
    expect(await passes.runNow('evict-over-limit')).toEqual({ examined: 1, owed: 1, done: 2, left: 1 });
    await eventually(async () => (await usage(all)).count === 2);
    await eventually(async () => (await passes.runNow('evict-over-limit')).owed === 0);
    expect(await usage(all)).toEqual({ sizeGib: 2, count: 1 });
    const state = await all.cacheOf();
    expect(
      [...state.entries.values()].filter(({ status }) => status === 'ready').map(({ generation }) => generation),
    ).toEqual([4]);
  });

  test('a second janitor, or the same one again, retires nothing more', async () => {
    const all = await given('store-01');
    await all.happen('image-cache', cachePool, ...entries(1, 2));
    await all.happen('service', 'store-01@fast', settings({ maxSizeGib: 2 }));
    const janitors = [await all.open(), await all.open()];
    const runs = await Promise.all(janitors.map(({ passes }) => passes.runNow('evict-over-limit')));
    expect(runs.reduce((sum, { done }) => sum + done, 0)).toBe(1);
    expect(await usage(all)).toEqual({ sizeGib: 2, count: 1 });
  });

  test('new settings of a backend are acted upon at once', async () => {
    const all = await given('store-01');
    await all.happen('image-cache', cachePool, ...entries(1, 2));
    const janitor = await all.open();
    await all.happen('service', 'store-01@fast', settings({ maxCount: 1 }));
    await janitor.onSettings(await all.store.lastSequence());
    expect(await usage(all)).toEqual({ sizeGib: 2, count: 1 });
  });

  test('above its upper watermark a cache comes down to the lower one, over several runs if need be', async () => {
    const all = await given('store-01');
    await all.happen('image-cache', cachePool, ...entries(1, 2, 3, 4));
    const watermarks = { startPercent: 75, stopPercent: 25 };
    await all.happen('service', 'store-01@fast', settings({ maxCount: 4, watermarks }));
    const { passes } = await all.open();
    expect(await passes.runNow('evict-over-limit')).toEqual({ examined: 1, owed: 1, done: 2, left: 1 });
    // Two are under the upper watermark, and not yet at the lower one.
    await eventually(async () => (await passes.runNow('evict-over-limit')).done === 1);
    await eventually(async () => (await passes.runNow('evict-over-limit')).owed === 0);
    expect((await usage(all)).count).toBe(1);
    await all.happen('image-cache', cachePool, ...entries(5, 6));
    await eventually(async () => (await passes.runNow('evict-over-limit')).examined === 1);
    expect((await usage(all)).count).toBe(3);
  });

  test('a limit in percent holds against what the pool’s host reports, and not while that is silent', async () => {
    const all = await given('store-01');
    await all.happen('image-cache', cachePool, ...entries(1, 2, 3));
    await all.happen('service', 'store-01@fast', settings({ maxPercent: 10 }));
    const { passes } = await all.open();
    expect(await passes.runNow('evict-over-limit')).toMatchObject({ owed: 0 });
    all.live.set('store-01', { pools: [{ pool: cachePool, totalGib: 40 }] } as unknown as HostReport);
    expect(await passes.runNow('evict-over-limit')).toMatchObject({ owed: 1, done: 1, left: 0 });
    expect(await usage(all)).toEqual({ sizeGib: 4, count: 2 });
  });

  test('a pool that is suddenly of less than half its size gives up nothing for ten minutes, in a share’s absence say', async () => {
    const all = await given('store-01');
    const report = (totalGib: number) =>
      all.live.set('store-01', { pools: [{ pool: cachePool, totalGib }] } as unknown as HostReport);
    const minutes = (count: number) => all.pass(count * 60_000);
    await all.happen('image-cache', cachePool, ...entries(1, 2, 3));
    await all.happen('service', 'store-01@fast', settings({ maxPercent: 10 }));
    const { passes } = await all.open();
    const run = () => passes.runNow('evict-over-limit');
    report(100);
    expect(await run()).toMatchObject({ owed: 0 });
    report(40);
    expect(await run()).toMatchObject({ owed: 0 });
    minutes(9);
    expect(await run()).toMatchObject({ owed: 0 });
    // There again: what is doubted later is doubted anew.
    report(100);
    expect(await run()).toMatchObject({ owed: 0 });
    minutes(9);
    report(40);
    expect(await run()).toMatchObject({ owed: 0 });
    minutes(10);
    expect(await run()).toMatchObject({ owed: 1, done: 1 });
    // Half of it is no mistake.
    report(20);
    expect(await run()).toMatchObject({ owed: 1, done: 1 });
    expect((await usage(all)).count).toBe(1);
  });

  test('the pool’s policy says who goes first, and is named with who went', async () => {
    const all = await given('store-01');
    const hit: ImageCacheEvent = {
      type: 'leased',
      data: { generation: generationOf(1), volumeId: volumeOf(9), outcome: 'hit' },
    };
    const ended = { generation: generationOf(1), volumeId: volumeOf(9), reason: 'the create failed' };
    // Used once, and then the others came: LRU takes it, SIEVE does not.
    await all.happen(
      'image-cache',
      cachePool,
      ...entries(1),
      hit,
      { type: 'lease-ended', data: ended },
      ...entries(2, 3),
    );
    await all.happen('service', 'store-01@fast', settings({ maxCount: 2, policy: 'sieve' }));
    const { passes } = await all.open();
    await passes.runNow('evict-over-limit');
    expect((await all.factsOf()).at(-1)).toMatchObject({
      type: 'evict',
      data: { generation: 2, reason: 'limit', policy: 'sieve', at: all.now() },
    });
  });

  test('unlimited, switched off or within its limits: a cache is left alone', async () => {
    for (const cache of [
      { maxCount: 0, maxSizeGib: 0 },
      { maxCount: 1, state: 'disabled' as const },
      { maxCount: 2, maxSizeGib: 4 },
    ]) {
      const all = await given('store-01');
      await all.happen('image-cache', cachePool, ...entries(1, 2));
      await all.happen('service', 'store-01@fast', settings(cache));
      const { passes } = await all.open();
      expect(await passes.runNow('evict-over-limit')).toMatchObject({ owed: 0, done: 0 });
    }
  });
});
