import { type HostReport, type ImageCacheEvent, schedulerHost } from '@hearth/contracts';
import {
  cachePool,
  createFailed,
  deletionRequested,
  examplePool,
  fillStarted,
  generationOf,
  imageOf,
  imageVolumeOf,
  placed,
  provisioned,
  requested,
  volumeOf,
} from '@hearth/domain/testing';
import { eventually } from '@hearth/testing';
import { entries, type JanitorHouse, janitorHouse, settings, startMs } from '../testing/janitor-house';

const config = { evictionsMax: 2, resumeMax: 3, reapMax: 10, scrubMax: 10 };
let last: JanitorHouse | undefined;
const given = async (...hosts: string[]) => (last = await janitorHouse(hosts, config));
afterEach(async () => last?.close());

describe('resume-stuck', () => {
  test('wakes whoever owes a silent volume its next step, once in each round', async () => {
    const { happen, open, pass, nudges } = await given('store-01');
    await happen('volume', volumeOf(1), requested());
    await happen('volume', volumeOf(2), requested(), placed(examplePool));
    await happen(
      'volume',
      volumeOf(3),
      requested(),
      placed(examplePool),
      provisioned(examplePool),
      deletionRequested(),
    );
    await happen('volume', volumeOf(4), requested(), placed(examplePool), provisioned(examplePool));
    await happen('volume', volumeOf(5), requested(), placed(examplePool), createFailed());
    const { passes } = await open();
    expect(await passes.runNow('resume-stuck')).toEqual({ examined: 3, owed: 0, done: 0, left: 0 });
    pass(60_000);
    expect(await passes.runNow('resume-stuck')).toEqual({ examined: 3, owed: 3, done: 3, left: 0 });
    expect(nudges.map(({ host, target }) => [host, target.id]).sort()).toEqual(
      [
        [schedulerHost, volumeOf(1)],
        ['store-01', volumeOf(2)],
        ['store-01', volumeOf(3)],
      ].sort(),
    );
    expect(await passes.runNow('resume-stuck')).toMatchObject({ owed: 0, done: 0 });
    pass(60_000);
    expect(await passes.runNow('resume-stuck')).toMatchObject({ owed: 3, done: 3 });
  });

  test('a volume that moved on is asked after anew only when it is silent again', async () => {
    const { happen, open, pass, nudges } = await given('store-01');
    await happen('volume', volumeOf(1), requested());
    const { passes } = await open();
    pass(60_000);
    await passes.runNow('resume-stuck');
    await happen('volume', volumeOf(1), placed(examplePool));
    await eventually(async () => (await passes.runNow('resume-stuck')).owed === 0);
    pass(60_000);
    await passes.runNow('resume-stuck');
    expect(nudges.map(({ host }) => host)).toEqual([schedulerHost, 'store-01']);
  });

  test('a host that is away is not woken, and nothing is forgotten meanwhile', async () => {
    const { happen, open, pass, nudges, live } = await given();
    await happen('volume', volumeOf(1), requested(), placed(examplePool));
    const { passes } = await open();
    pass(60_000);
    expect(await passes.runNow('resume-stuck')).toEqual({ examined: 1, owed: 1, done: 0, left: 1 });
    live.set('store-01', {} as HostReport);
    expect(await passes.runNow('resume-stuck')).toEqual({ examined: 1, owed: 1, done: 1, left: 0 });
    expect(nudges).toHaveLength(1);
  });

  test('one run wakes a bounded number, the next one the rest', async () => {
    const { happen, open, pass } = await given('store-01');
    for (let count = 1; count <= 5; count += 1) await happen('volume', volumeOf(count), requested());
    const { passes } = await open();
    pass(60_000);
    expect(await passes.runNow('resume-stuck')).toMatchObject({ done: 3, left: 2 });
    expect(await passes.runNow('resume-stuck')).toMatchObject({ done: 2, left: 0 });
  });

  test('two janitors give the nudge of one round one name, so that the queue keeps one', async () => {
    const { happen, open, pass, nudges } = await given('store-01');
    await happen('volume', volumeOf(1), requested());
    const [one, other] = [await open(), await open()];
    pass(60_000);
    await one.passes.runNow('resume-stuck');
    await other.passes.runNow('resume-stuck');
    expect(nudges).toHaveLength(2);
    expect(new Set(nudges.map(({ dedupeId }) => dedupeId)).size).toBe(1);
  });

  test('what was stuck before a restart is found again from the snapshot', async () => {
    const { happen, open, pass, nudges } = await given('store-01');
    await happen('volume', volumeOf(1), requested());
    await (await open()).close();
    const { passes } = await open();
    pass(60_000);
    await passes.runNow('resume-stuck');
    expect(nudges).toHaveLength(1);
  });
});

describe('reap-retired', () => {
  test('wakes the host of a pool with a retired entry that nothing uses, and no other', async () => {
    const { happen, open, nudges } = await given('store-01');
    await happen('image-cache', cachePool, ...entries(1, 2), { type: 'evict', data: evicted(1) });
    await happen('image-cache', 'store-01@fast#other', ...entries(3));
    const { passes } = await open();
    expect(await passes.runNow('reap-retired')).toEqual({ examined: 2, owed: 1, done: 1, left: 0 });
    expect(nudges).toMatchObject([{ host: 'store-01', target: { kind: 'pool', id: cachePool } }]);
  });

  test('a fill is nobody’s affair while its process lives, and the host’s when it does not', async () => {
    const { happen, open, live, nudges } = await given('store-01');
    await happen('image-cache', cachePool, fillStarted(1, 1, { volumeId: null }));
    const { passes } = await open();
    expect(await passes.runNow('reap-retired')).toMatchObject({ owed: 0 });
    live.set('store-01', { host: 'store-01', incarnation: 'another' } as HostReport);
    expect(await passes.runNow('reap-retired')).toMatchObject({ owed: 1, done: 1 });
    expect(nudges).toHaveLength(1);
  });

  test('a claim is looked into when its create does not run any more', async () => {
    const { happen, open } = await given('store-01');
    const leased = {
      type: 'leased',
      data: { generation: generationOf(1), volumeId: volumeOf(9), outcome: 'hit' },
    } as const;
    await happen('volume', volumeOf(9), requested({ volumeId: volumeOf(9) }), placed(cachePool));
    await happen('image-cache', cachePool, ...entries(1), leased);
    const { passes } = await open();
    expect(await passes.runNow('reap-retired')).toMatchObject({ owed: 0 });
    await happen('volume', volumeOf(9), provisioned(cachePool));
    await eventually(async () => (await passes.runNow('reap-retired')).owed === 1);
  });
});

const evicted = (generation: number) => ({
  generation: generationOf(generation),
  imageId: imageOf(generation).id,
  imageVolumeId: imageVolumeOf(generation),
  sizeGib: 2,
  reason: 'lru' as const,
});

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

test('a pass that does not exist is named, with those that do', async () => {
  const { open } = await given();
  const { passes } = await open();
  await expect(passes.runNow('sweep')).rejects.toThrow(
    ["no pass 'sweep'; the passes are evict-over-limit, age-and-verify, prefetch-policies, expire-prefetches"]
      .concat('reconcile, resume-stuck, reap-retired, scrub')
      .join(', '),
  );
});

test('a failure of a pass makes the janitor not ready until a run succeeds', async () => {
  const all = await given('store-01');
  const janitor = await all.open();
  all.failLiveness(new Error('the board is away'));
  await expect(janitor.passes.runNow('reap-retired')).rejects.toThrow('the board is away');
  expect(() => janitor.check()).toThrow('reap-retired: the board is away');
  all.failLiveness(undefined);
  await janitor.passes.runNow('reap-retired');
  expect(janitor.check()).toMatchObject({ 'reap-retired': { done: 0 } });
});
