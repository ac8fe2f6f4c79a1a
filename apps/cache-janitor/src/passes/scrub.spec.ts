import { type ImageCacheEvent } from '@hearth/contracts';
import { cachePool, generationOf } from '@hearth/domain/testing';
import { eventually } from '@hearth/testing';
import { closedAfterEach } from '../testing/closed-after-each';
import { entries, fewSteps, janitorHouse, startMs } from '../testing/janitor-house';

const given = closedAfterEach((...hosts: string[]) => janitorHouse(hosts, fewSteps));

describe('scrub', () => {
  const hourMs = 3_600_000;
  const at = (ms: number) => new Date(startMs + ms).toISOString();
  const filledNow = (generation: number): ImageCacheEvent[] =>
    entries(generation).map((event) =>
      event.type === 'create' ? { ...event, data: { ...event.data, at: at(0) } } : event,
    );
  const look = (generation: number, ms: number): ImageCacheEvent => ({
    type: 'verified',
    data: {
      ...{ generation: generationOf(generation), contentDigest: 'sha256-1m:00', at: at(ms) },
      ...{ bytesRead: 1, durationMs: 1 },
    },
  });

  test('P3: wakes the host of a pool with a copy that nobody has looked at for the interval, and no other', async () => {
    const all = await given('store-01');
    await all.happen('image-cache', cachePool, ...filledNow(1), ...filledNow(2));
    const { passes } = await all.open();
    expect(await passes.runNow('scrub')).toEqual({ examined: 1, owed: 0, done: 0, left: 0 });
    all.pass(168 * hourMs + 1);
    expect(await passes.runNow('scrub')).toEqual({ examined: 1, owed: 1, done: 1, left: 0 });
    expect(all.nudges).toMatchObject([{ host: 'store-01', target: { kind: 'pool', id: cachePool } }]);
    await all.happen('image-cache', cachePool, look(1, 168 * hourMs), look(2, 168 * hourMs));
    await eventually(async () => (await passes.runNow('scrub')).owed === 0);
  });

  test('more pools than one run wakes: those unseen for longest come first, so that each has its turn', async () => {
    const all = await given('store-01');
    const pools = Array.from({ length: 12 }, (_, index) => `store-01@file#pool-${index}`);
    for (const pool of pools) await all.happen('image-cache', pool, ...filledNow(1));
    // Looked at since, but for the last two, and due again all the same.
    for (const [index, pool] of pools.slice(0, 10).entries()) {
      await all.happen('image-cache', pool, look(1, (10 - index) * hourMs));
    }
    const { passes } = await all.open();
    all.pass(400 * hourMs);
    expect(await passes.runNow('scrub')).toMatchObject({ owed: 12, done: 10, left: 2 });
    const woken = all.nudges.map(({ target }) => target.id);
    const longestUnseen = [...pools.slice(10), ...pools.slice(2, 10).reverse()];
    expect(woken).toEqual(longestUnseen);
  });

  test('a host that is away is not woken', async () => {
    const all = await given();
    await all.happen('image-cache', cachePool, ...filledNow(1));
    const { passes } = await all.open();
    all.pass(200 * hourMs);
    expect(await passes.runNow('scrub')).toMatchObject({ owed: 1, done: 0, left: 1 });
  });
});
