import type { ImageCacheEvent } from '@hearth/contracts';
import { type CacheEntry, volumeDecider } from '@hearth/domain';
import { runCommand } from '@hearth/event-sourcing';
import type { PoolRef, VolumeId } from '@hearth/kernel';
import { metricsText } from '@hearth/platform';
import { eventually } from '@hearth/testing';
import { observeScrub } from '../host/metrics';
import { corruptCopy } from '../testing/corrupt-copy';
import { FlakyDriver } from '../testing/flaky-driver';
import { loseAnswer } from '../testing/lost-answer';
import { TestHouse } from '../testing/test-house';
import type { TestHouseOptions } from '../testing/test-house.options';

const hourMs = 60 * 60 * 1000;
const weekMs = 7 * 24 * hourMs;

let house: TestHouse;
let flaky: FlakyDriver;
const open = async (options: TestHouseOptions = {}) => {
  flaky = new FlakyDriver();
  house = await TestHouse.open({ wrap: (_, driver) => flaky.wrap(driver), ...options });
};
afterEach(() => house.close());

const readyCopies = async (pool?: PoolRef): Promise<CacheEntry[]> =>
  [...(await house.cache(pool)).entries.values()].filter(({ status }) => status === 'ready');
const ofType = async (type: ImageCacheEvent['type'], pool?: PoolRef) =>
  (await house.cacheEvents(pool)).filter((event) => event.type === type);
const errors = () => house.log.lines.filter(({ level }) => level === 'error');

async function copyOf(image = house.images.add()): Promise<CacheEntry> {
  await house.create(image);
  return (await readyCopies()).find(({ imageId }) => imageId === image.id)!;
}

async function dueCopy(): Promise<CacheEntry> {
  const entry = await copyOf();
  house.nowMs += weekMs + hourMs;
  return entry;
}

/** The value of a counter of the first pool with that label; 0 where nothing was counted. */
async function counted(name: string, label = ''): Promise<number> {
  const lines = (await metricsText()).split('\n');
  const line = lines.find((each) => each.startsWith(`${name}{pool="${house.pools[0]!}"`) && each.includes(label));
  return Number(line?.split(' ')[1] ?? 0);
}

describe('a finding whose answer is lost', () => {
  beforeEach(() => open());

  test('P3: a copy that differs is told, counted and filled again all the same, once', async () => {
    const entry = await dueCopy();
    corruptCopy(house, entry);
    loseAnswer(house.store, 'verify-failed');
    const before = await counted('image_cache_corrupt_total');
    await house.manager.scrub();
    expect(await house.cacheCounts()).toMatchObject({ 'verify-failed': 1, 'fill-started': 2 });
    expect(errors()).toMatchObject([{ fields: { generation: entry.generation } }]);
    expect(await counted('image_cache_corrupt_total')).toBe(before + 1);
  });

  test('also when the copy has been reaped and forgotten by then', async () => {
    const entry = await dueCopy();
    corruptCopy(house, entry);
    const signal = new AbortController().signal;
    loseAnswer(house.store, 'verify-failed', () => {
      // After the submission has failed, while it is waited for the log.
      setTimeout(() => void house.manager.react({ kind: 'pool', id: house.pools[0]! }, signal), 10);
      return Promise.resolve();
    });
    await house.manager.scrub();
    expect(await ofType('reaped')).toHaveLength(1);
    expect(errors()).toMatchObject([{ fields: { generation: entry.generation } }]);
    expect(await ofType('fill-started')).toHaveLength(2);
  });

  test('a copy that cannot be read is told and filled again, one that is gone is told', async () => {
    await dueCopy();
    flaky.fail('openReader', 'failed', 'failed', 'failed', 'not-found');
    loseAnswer(house.store, 'evict');
    for (let time = 1; time <= 3; time += 1) {
      await house.manager.scrub();
      house.nowMs += hourMs;
    }
    expect(await house.cacheCounts()).toMatchObject({ evict: 1, 'fill-started': 2 });
    expect(errors()).toHaveLength(1);
    house.nowMs += weekMs;
    loseAnswer(house.store, 'evict');
    await house.manager.scrub();
    expect(await house.cacheCounts()).toMatchObject({ evict: 2, 'fill-started': 2 });
    expect(errors()).toHaveLength(2);
  });

  test('a copy that holds what was written is recorded once, and counted', async () => {
    await dueCopy();
    loseAnswer(house.store, 'verified');
    const before = await counted('image_cache_scrubs_total', 'outcome="intact"');
    await house.manager.scrub();
    expect(await ofType('verified')).toHaveLength(1);
    expect(await counted('image_cache_scrubs_total', 'outcome="intact"')).toBe(before + 1);
  });
});

describe('a copy that cannot be read', () => {
  beforeEach(() => open());

  test('serves on while its backend can read nothing else, and is given up when it can', async () => {
    await copyOf();
    await dueCopy();
    // Both copies fail, hour by hour; from the third time on the other one is tried beside.
    for (let hour = 1; hour <= 6; hour += 1) {
      flaky.fail('openReader', ...Array<'failed'>(hour < 3 ? 2 : 4).fill('failed'));
      await house.manager.scrub();
      house.nowMs += hourMs;
    }
    expect(await ofType('evict')).toEqual([]);
    expect(await readyCopies()).toHaveLength(2);
    // The first is looked at and fails; the other one can be read.
    flaky.fail('openReader', 'failed');
    await house.manager.scrub();
    expect(await ofType('evict')).toMatchObject([{ data: { reason: 'verify-failed', generation: 1 } }]);
    expect((await readyCopies()).map(({ generation }) => generation).sort()).toEqual([2, 3]);
  });

  test('alone in its pool serves on while the pool’s directory cannot be read', async () => {
    await dueCopy();
    const { driver } = [...house.manager['backends'].pools.values()][0]!.backend;
    const list = driver.list;
    Object.assign(driver, {
      list: () => {
        throw new Error('no directory');
      },
    });
    flaky.fail('openReader', ...Array<'failed'>(5).fill('failed'));
    for (let hour = 1; hour <= 4; hour += 1) {
      await house.manager.scrub();
      house.nowMs += hourMs;
    }
    expect(await ofType('evict')).toEqual([]);
    Object.assign(driver, { list });
    await house.manager.scrub();
    expect(await ofType('evict')).toHaveLength(1);
  });

  test('is counted as corrupt when it is given up, and not before', async () => {
    await dueCopy();
    const before = await counted('image_cache_corrupt_total');
    flaky.fail('openReader', 'failed', 'failed', 'failed');
    for (const expected of [0, 0, 1]) {
      await house.manager.scrub();
      expect(await counted('image_cache_corrupt_total')).toBe(before + expected);
      house.nowMs += hourMs;
    }
  });

  test('a backend that does not answer says nothing about it: such a look does not count', async () => {
    await dueCopy();
    for (const code of ['failed', 'unavailable', 'busy', 'failed'] as const) {
      flaky.fail('openReader', code);
      await house.manager.scrub();
      house.nowMs += hourMs;
    }
    expect(await ofType('evict')).toEqual([]);
    // Nor does it make good the reads that failed before.
    flaky.fail('openReader', 'failed');
    await house.manager.scrub();
    expect(await ofType('evict')).toHaveLength(1);
  });
});

describe('the fill of a copy that was given up', () => {
  test('takes its turn among the fills of its backend, and holds up no look at copies of another', async () => {
    await open({ backends: { fast: {}, slow: {} } });
    const [fast, slow] = house.pools;
    const bad = await copyOf();
    house.nowMs += hourMs;
    await copyOf();
    await place(await house.request(house.images.add()), slow!);
    await house.pump.settle();
    house.nowMs += weekMs + hourMs;
    corruptCopy(house, bad);
    house.images.hold();
    const scrubbed = house.manager.scrub();
    await eventually(async () => (await ofType('verified', slow)).length === 1);
    expect(house.images.underWay).toBe(1);
    // The other copy of the backend that fills waits.
    expect(await ofType('verified', fast)).toEqual([]);
    house.images.release();
    await scrubbed;
    await house.manager.scrub();
    expect(await ofType('verified', fast)).toHaveLength(1);
  });

  test('comes for one copy of a backend at a time: the next one is looked at behind it', async () => {
    await open();
    for (const entry of [await copyOf(), await copyOf()]) corruptCopy(house, entry);
    house.nowMs += weekMs + hourMs;
    house.images.hold();
    const scrubbed = house.manager.scrub();
    await eventually(() => house.images.underWay === 1);
    void house.manager.scrub();
    await house.pump.settle();
    expect(house.images.underWay).toBe(1);
    expect(await house.cacheCounts()).toMatchObject({ 'verify-failed': 1 });
    house.images.release();
    await scrubbed;
    await house.manager.scrub();
    expect(await house.cacheCounts()).toMatchObject({ 'verify-failed': 2, create: 4 });
  });

  test('ends with the process', async () => {
    await open();
    corruptCopy(house, await dueCopy());
    house.images.hold();
    void house.manager.scrub();
    await eventually(() => house.images.underWay === 1);
    const closed = house.boot();
    house.images.release();
    await closed;
    expect(await ofType('create')).toHaveLength(1);
  });

  test('that breaks off without an outcome is recorded as failed, so that nobody waits for it', async () => {
    await open();
    const entry = await dueCopy();
    corruptCopy(house, entry);
    const { store } = house;
    const append = store.append.bind(store);
    store.append = (stream, sequence, commit) => {
      if (!commit.events.some((event) => event.type === 'create')) return append(stream, sequence, commit);
      store.append = append;
      return Promise.reject(new Error('something unheard of'));
    };
    await house.manager.scrub();
    expect(await ofType('fill-failed')).toMatchObject([
      { data: { generation: entry.generation + 1, failure: { code: 'image.copy_failed' }, transient: true } },
    ]);
    expect(house.log.lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: 'a copy could not be filled again; the next create of its image does it',
      }),
    );
  });
});

test('the metrics say for how long the longest unseen copy of a pool was not looked at', async () => {
  await open();
  observeScrub(() => house.manager.unseen());
  const oldest = () => counted('image_cache_scrub_oldest_seconds');
  expect(house.manager.unseen()).toEqual([]);
  await copyOf();
  house.nowMs += 2 * hourMs;
  await copyOf();
  house.nowMs += hourMs;
  expect(await oldest()).toBe((3 * hourMs) / 1000);
  house.nowMs += weekMs;
  await house.manager.scrub();
  house.nowMs += 5_000;
  expect(await oldest()).toBe(5);
});

async function place(id: VolumeId, pool: PoolRef): Promise<void> {
  await runCommand(
    house.environment,
    volumeDecider,
    { category: 'volume', id },
    { do: 'RecordPlacement', pool, availabilityZone: 'nova', rejected: [] },
  );
}
