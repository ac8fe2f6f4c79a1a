import type { HostReport, CacheSettings, ImageCacheEvent } from '@hearth/contracts';
import { actor, cachePool, fillStarted, generationOf, imageOf, imageVolumeOf, volumeOf } from '@hearth/domain/testing';
import { eventually } from '@hearth/testing';
import { entries, entryOf, type JanitorHouse, janitorHouse, settings } from '../testing/janitor-house';

let last: JanitorHouse | undefined;
afterEach(async () => last?.close());

/** A pool with copies of images that are active, and a janitor. */
async function given(cache: Partial<CacheSettings>, ...facts: ImageCacheEvent[]) {
  const house = (last = await janitorHouse(['store-01'], { evictionsMax: 2 }));
  for (const number of [1, 2, 3, 4, 5]) house.images.put(imageOf(number));
  await house.happen('service', 'store-01@fast', settings(cache));
  await house.happen('image-cache', cachePool, ...facts);
  const { passes } = await house.open();
  /** Runs the pass until what was stored before has been seen. */
  const run = () => passes.runNow('age-and-verify');
  /** What it stored: kind, generation, and the reason or the cause. */
  const stored = async () =>
    (await house.factsOf())
      .slice(facts.length)
      .map(({ type, data }) => [
        type,
        'generation' in data ? data.generation : undefined,
        ...('reason' in data ? [data.reason] : []),
        ...('cause' in data ? [data.cause] : []),
      ]);
  return { ...house, passes, run, stored };
}

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;
const leased = (generation: number, volume: number): ImageCacheEvent => ({
  type: 'leased',
  data: { generation: generationOf(generation), volumeId: volumeOf(volume), outcome: 'hit' },
});

describe('an image', () => {
  test('I.36: that is deactivated serves nobody, for as long as it takes, and serves again when it is active', async () => {
    const { images, run, stored, pass } = await given({ graceSeconds: 60 }, ...entries(1, 2));
    images.put(imageOf(1), 'deactivated');
    expect(await run()).toEqual({ examined: 2, owed: 1, done: 1, left: 0 });
    pass(dayMs);
    await eventually(async () => (await run()).owed === 0);
    images.put(imageOf(1));
    expect(await run()).toMatchObject({ owed: 1, done: 1, left: 0 });
    expect(await stored()).toEqual([
      ['suspended', 1, 'deactivated'],
      ['resumed', 1],
    ]);
  });

  test('I.36: that is deleted serves nobody at once, and its entry goes after the grace period, pinned or not', async () => {
    const pinned = { imageId: imageOf(1).id, by: actor, note: null, at: '2026-01-02T03:00:00.000Z' };
    const { images, run, stored, pass } = await given({ graceSeconds: 60 }, ...entries(1, 2), {
      type: 'pinned',
      data: pinned,
    });
    images.remove(imageOf(1).id);
    await run();
    pass(59_000);
    await eventually(async () => (await run()).owed === 0);
    pass(1_000);
    expect(await run()).toMatchObject({ owed: 1, done: 1, left: 0 });
    expect(await stored()).toEqual([
      ['suspended', 1, 'deleted'],
      ['evict', 1, 'image-deleted'],
    ]);
  });

  test('that may not be read any more is hidden, and that is over when it may', async () => {
    const { images, run, stored } = await given({}, ...entries(1));
    images.forbid(imageOf(1).id);
    await run();
    images.put(imageOf(1));
    await eventually(async () => (await run()).done === 1);
    expect(await stored()).toEqual([
      ['suspended', 1, 'hidden'],
      ['resumed', 1],
    ]);
  });

  test.each(['pending_delete', 'deleted', 'killed'])('that is %s is deleted', async (status) => {
    const { images, run, stored } = await given({}, ...entries(1));
    images.put(imageOf(1), status);
    await run();
    expect(await stored()).toEqual([['suspended', 1, 'deleted']]);
  });

  test.each(['queued', 'saving', 'uploading', 'importing', 'a-status-of-tomorrow'])(
    'that is %s is left as it is',
    async (status) => {
      const { images, run } = await given({}, ...entries(1));
      images.put(imageOf(1), status);
      expect(await run()).toMatchObject({ owed: 0, done: 0, left: 0 });
    },
  );

  test('I.34: an edit of its record changes nothing', async () => {
    const { images, run } = await given({}, ...entries(1));
    const edited = {
      name: 'another name',
      updatedAt: '2027-01-01T00:00:00Z',
      visibility: 'private',
      owner: 'somebody',
    };
    images.put({ ...imageOf(1), ...edited, properties: { os_distro: 'debian' } });
    expect(await run()).toEqual({ examined: 1, owed: 0, done: 0, left: 0 });
  });

  test('with another content makes the entry stale once nobody uses it, and suspends nothing', async () => {
    const { images, run, stored, happen } = await given({}, ...entries(1), leased(1, 9));
    images.put({ ...imageOf(1), osHashValue: 'f'.repeat(128) });
    expect(await run()).toMatchObject({ owed: 0, done: 0 });
    const ended = { generation: generationOf(1), volumeId: volumeOf(9), reason: 'the create failed' };
    await happen('image-cache', cachePool, { type: 'lease-ended', data: ended });
    await eventually(async () => (await run()).done === 1);
    expect((await stored()).slice(1)).toEqual([['evict', 1, 'stale']]);
  });

  test('with another content keeps so many older ones as the pool is to keep', async () => {
    const older = (generation: number) =>
      entryOf(generation, 1, { content: `sha512:${generation}@${imageOf(1).id}`, image: imageOf(1) });
    const { run, stored } = await given({ keepGenerations: 2 }, ...older(1), ...older(2), ...older(3));
    await run();
    expect(await stored()).toEqual([
      ['evict', 1, 'superseded'],
      ['evict', 2, 'superseded'],
    ]);
  });

  test('of which a copy is only being made is not asked after', async () => {
    const { images, run } = await given({}, fillStarted(1, 1, { volumeId: null }));
    images.remove(imageOf(1).id);
    expect(await run()).toMatchObject({ owed: 0, left: 0 });
    expect(images.asked).toEqual([]);
  });
});

describe('the image service', () => {
  test.each(['away', 'forbidden', 'nonsense', 'not-found'] as const)(
    'that is %s makes no image gone: all stays, is left for later, and is told once',
    async (problem) => {
      const { images, run, stored, told } = await given({}, ...entries(1, 2));
      images.problem = problem;
      images.remove(imageOf(1).id);
      expect(await run()).toEqual({ examined: 2, owed: 0, done: 0, left: 2 });
      await run();
      expect(await stored()).toEqual([]);
      expect(told.filter(([level, text]) => level === 'warn' && text.includes('image service'))).toHaveLength(1);
      images.problem = undefined;
      expect(await run()).toMatchObject({ done: 1, left: 0 });
    },
  );

  test('that is away keeps nothing from growing old', async () => {
    const { images, run, stored, pass } = await given({ ttlSeconds: 60 }, ...entries(1));
    images.problem = 'away';
    pass(minuteMs);
    expect(await run()).toMatchObject({ owed: 1, done: 1 });
    expect(await stored()).toEqual([['evict', 1, 'ttl']]);
  });

  test('that knows none of several images is not believed: it may be that of another cloud', async () => {
    const { images, run, stored, told, pass } = await given({ graceSeconds: 60 }, ...entries(1, 2, 3));
    for (const number of [1, 2, 3]) images.remove(imageOf(number).id);
    expect(await run()).toEqual({ examined: 3, owed: 0, done: 0, left: 3 });
    pass(dayMs);
    await run();
    expect(await stored()).toEqual([]);
    expect(told.filter(([level, text]) => level === 'warn' && text.includes('another cloud'))).toHaveLength(1);
    images.put(imageOf(1));
    expect(await run()).toEqual({ examined: 3, owed: 2, done: 2, left: 0 });
    expect((await stored()).map(([, generation]) => generation)).toEqual([2, 3]);
  });

  test('that shows none of several images to the janitor is not believed either', async () => {
    const { images, run, stored } = await given({}, ...entries(1, 2, 3));
    for (const number of [1, 2, 3]) images.forbid(imageOf(number).id);
    expect(await run()).toMatchObject({ owed: 0, left: 3 });
    expect(await stored()).toEqual([]);
  });

  test('is believed of images that go one after the other, and of the last', async () => {
    const { images, run, stored } = await given({}, ...entries(1, 2, 3));
    for (const number of [1, 2, 3]) {
      images.remove(imageOf(number).id);
      await eventually(async () => {
        await run();
        return (await stored()).length === number;
      });
    }
    expect((await stored()).map(([type]) => type)).toEqual(['suspended', 'suspended', 'suspended']);
  });

  test('is asked after each image once, in batches, whichever pools have it; the longest unasked first', async () => {
    const house = (last = await janitorHouse(['store-01'], { imageLooksMax: 60 }));
    const numbers = Array.from({ length: 80 }, (_, index) => index + 1);
    for (const number of numbers) house.images.put(imageOf(number));
    await house.happen('image-cache', cachePool, ...entries(...numbers));
    await house.happen('image-cache', 'store-02@fast#default', ...entries(...numbers));
    const { passes } = await house.open();
    expect(await passes.runNow('age-and-verify')).toMatchObject({ examined: 160, left: 20 });
    expect(house.images.asked.map((batch) => batch.length)).toEqual([50, 10]);
    house.pass(1_000);
    await passes.runNow('age-and-verify');
    const first = new Set(house.images.asked.slice(0, 2).flat());
    const second = house.images.asked.slice(2).flat();
    expect(second.slice(0, 20).filter((id) => first.has(id))).toEqual([]);
  });
});

describe('time', () => {
  test('I.36: takes what was not used for its time to live, but nothing that is pinned or in use', async () => {
    const pinned = { imageId: imageOf(2).id, by: actor, note: null, at: '2026-01-02T03:00:00.000Z' };
    const { run, stored, pass } = await given(
      { ttlSeconds: 3_600 },
      ...entries(1, 2, 3),
      { type: 'pinned', data: pinned },
      leased(3, 9),
    );
    pass(59 * minuteMs);
    expect(await run()).toMatchObject({ owed: 0 });
    pass(minuteMs);
    expect(await run()).toMatchObject({ owed: 1, done: 1, left: 0 });
    expect(await stored()).toEqual([['evict', 1, 'ttl']]);
  });

  test('takes none for a clock of the janitor’s that is far ahead of that of the pool’s host', async () => {
    const { run, pass, stored, live, now } = await given({ ttlSeconds: 3_600 }, ...entries(1));
    const report = (reportedAt: string) => live.set('store-01', { reportedAt, pools: [] } as unknown as HostReport);
    report(now());
    pass(dayMs);
    expect(await run()).toMatchObject({ owed: 0 });
    // An old report is no clock: what is silent is not on the board.
    live.delete('store-01');
    expect(await run()).toMatchObject({ owed: 1, done: 1 });
    expect(await stored()).toEqual([['evict', 1, 'ttl']]);
  });

  test('I.49: takes unused ones at their minimum age only where remove_unused_base_images is on', async () => {
    const off = await given({ removeUnused: false, minimumAgeSeconds: 60 }, ...entries(1));
    off.pass(dayMs);
    expect(await off.run()).toMatchObject({ owed: 0 });
    await off.close();
    const on = await given({ removeUnused: true, minimumAgeSeconds: 7_200 }, ...entries(1));
    on.pass(119 * minuteMs);
    expect(await on.run()).toMatchObject({ owed: 0 });
    on.pass(minuteMs);
    await on.run();
    expect(await on.stored()).toEqual([['evict', 1, 'unused']]);
  });

  test('takes a bounded number in each run, and the rest in the next ones', async () => {
    const { run, pass, stored } = await given({ ttlSeconds: 60 }, ...entries(1, 2, 3, 4, 5));
    pass(minuteMs);
    expect(await run()).toEqual({ examined: 5, owed: 5, done: 2, left: 3 });
    await eventually(async () => (await run()).owed === 0);
    expect(await stored()).toHaveLength(5);
  });

  test('that two janitors read at once takes nothing twice', async () => {
    const { open, passes, pass, stored } = await given({ ttlSeconds: 60 }, ...entries(1, 2));
    const other = await open();
    pass(minuteMs);
    const runs = await Promise.all([passes, other.passes].map((each) => each.runNow('age-and-verify')));
    expect(runs.reduce((sum, { done }) => sum + done, 0)).toBe(2);
    expect(await stored()).toHaveLength(2);
  });
});

test('a cache that is switched off to drain is drained, but for what is pinned', async () => {
  const pinned = { imageId: imageOf(2).id, by: actor, note: null, at: '2026-01-02T03:00:00.000Z' };
  const off = { ready: 'drain', by: actor, at: '2026-01-02T03:00:00.000Z' } as const;
  const { run, stored } = await given(
    {},
    ...entries(1, 2),
    { type: 'pinned', data: pinned },
    { type: 'switched-off', data: off },
  );
  await run();
  expect(await stored()).toEqual([['evict', 1, 'drained']]);
});

test('every retired entry is told with its pool, its image and the reason', async () => {
  const { run, pass, told } = await given({ ttlSeconds: 60 }, ...entries(1));
  pass(minuteMs);
  await run();
  expect(told).toContainEqual([
    'info',
    'an entry was retired',
    { pool: cachePool, imageId: imageOf(1).id, generation: 1, sizeGib: 2, reason: 'ttl' },
  ]);
});

test('of a pool whose host has never said its rules only the images are looked at', async () => {
  const house = (last = await janitorHouse(['store-01']));
  const pool = 'store-09@fast#default';
  const created = entries(1).map((event) =>
    event.type === 'create' ? { ...event, data: { ...event.data, imageVolumeId: imageVolumeOf(1) } } : event,
  );
  await house.happen('image-cache', pool, ...created);
  const { passes } = await house.open();
  house.pass(365 * dayMs);
  await passes.runNow('age-and-verify');
  expect((await house.factsOf(pool)).slice(2).map(({ type }) => type)).toEqual(['suspended']);
});
