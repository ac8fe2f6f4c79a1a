import type { ImageCacheEvent, ImageIdentity } from '@hearth/contracts';
import { type CacheEntry, imageCacheDecider, volumeDecider } from '@hearth/domain';
import { runCommand } from '@hearth/event-sourcing';
import type { Generation, PoolRef, VolumeId } from '@hearth/kernel';
import { eventually } from '@hearth/testing';
import { corruptCopy } from '../testing/corrupt-copy';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';
import type { TestHouseOptions } from '../testing/test-house.options';

const hourMs = 60 * 60 * 1000;
const weekMs = 7 * 24 * hourMs;
const mib = 1024 * 1024;

let house: TestHouse;
let flaky: FlakyDriver;
const open = async (options: TestHouseOptions = {}) => {
  flaky = new FlakyDriver();
  house = await TestHouse.open({ wrap: (_, driver) => flaky.wrap(driver), ...options });
};
afterEach(() => house.close());

async function entries(pool?: PoolRef): Promise<CacheEntry[]> {
  return [...(await house.cache(pool)).entries.values()];
}

/** A copy of an image, filled for a volume that many milliseconds ago; a week and an hour unless told. */
async function oldCopy(ageMs = weekMs + hourMs, image: ImageIdentity = house.images.add()) {
  const volume = await house.create(image);
  if (volume.status !== 'provisioned') throw new Error(`no volume was made: ${JSON.stringify(volume)}`);
  const entry = (await entries()).find(({ imageId, status }) => imageId === image.id && status === 'ready')!;
  house.nowMs += ageMs;
  return { image, entry };
}

const corrupt = (entry: CacheEntry) => corruptCopy(house, entry);
const typesSince = async (from: number) => (await house.cacheEvents()).slice(from).map(({ type }) => type);
const ofType = async <Type extends ImageCacheEvent['type']>(type: Type) =>
  (await house.cacheEvents()).filter((event): event is Extract<ImageCacheEvent, { type: Type }> => event.type === type);
const reads = () => flaky.calls.filter((call) => call === 'openReader').length;

/** As another process does. */
const elsewhere = (command: Parameters<typeof imageCacheDecider.decide>[0]) =>
  runCommand(house.environment, imageCacheDecider, { category: 'image-cache', id: house.pools[0]! }, command);

describe('a copy that holds what was written', () => {
  beforeEach(() => open());

  test('is read once in an interval, and goes on serving', async () => {
    const { entry } = await oldCopy();
    await house.manager.scrub();
    await house.manager.scrub();
    expect(reads()).toBe(1);
    expect(await ofType('verified')).toMatchObject([
      { data: { generation: entry.generation, contentDigest: entry.evidence?.contentDigest, bytesRead: mib } },
    ]);
    house.nowMs += weekMs + 1;
    await house.manager.scrub();
    expect(reads()).toBe(2);
    expect(await entries()).toMatchObject([{ status: 'ready' }]);
  });

  test('is not read before it is due', async () => {
    await house.create(house.images.add());
    house.nowMs += weekMs - hourMs;
    await house.manager.scrub();
    expect(reads()).toBe(0);
  });

  test('of several the longest unseen is read first', async () => {
    const first = await oldCopy(hourMs);
    const second = await oldCopy();
    await house.manager.scrub();
    expect((await ofType('verified')).map(({ data }) => data.generation)).toEqual([
      first.entry.generation,
      second.entry.generation,
    ]);
  });

  test('and of which no digest was recorded has one from its first look on', async () => {
    house.images.digestsContent = false;
    const { entry } = await oldCopy();
    expect(entry.evidence?.contentDigest).toBeUndefined();
    await house.manager.scrub();
    expect((await entries())[0]?.evidence?.contentDigest).toMatch(/^sha256-1m:[0-9a-f]{64}$/);
    corrupt(entry);
    house.nowMs += 2 * weekMs;
    await house.manager.scrub();
    expect(await ofType('verify-failed')).toHaveLength(1);
  });

  test('is looked at when its pool is nudged', async () => {
    await oldCopy();
    await house.manager.react({ kind: 'pool', id: house.pools[0]! }, new AbortController().signal);
    await eventually(async () => (await ofType('verified')).length === 1);
  });
});

describe('a copy that holds something else', () => {
  beforeEach(() => open());

  test('P3: stops serving in the decision that says so, is filled again, and the next create clones the new copy', async () => {
    const { image, entry } = await oldCopy();
    const before = (await house.cacheEvents()).length;
    corrupt(entry);
    await house.manager.scrub();
    expect(await typesSince(before)).toEqual(['verify-failed', 'evict', 'fill-started', 'create']);
    const [first] = await commitsAfter(before);
    expect(first).toMatchObject([
      { type: 'verify-failed', data: { expectedDigest: entry.evidence?.contentDigest } },
      { type: 'evict', data: { reason: 'verify-failed', generation: entry.generation } },
    ]);
    const next = await house.request(image);
    await house.pump.settle();
    expect(await house.volume(next)).toMatchObject({ decision: { outcome: 'hit', entry: { generation: 2 } } });
    expect(house.bytesOf(next, image.sizeBytes)).toEqual(house.images.bytesOf(image.id));
    expect(house.images.downloads).toHaveLength(2);
    // The bad one is gone from the backend: what is left is the new copy and two volumes.
    expect(house.backend().objects.size).toBe(3);
  });

  test('P3: is told with pool, image, and both digests, as an error', async () => {
    const { image, entry } = await oldCopy();
    corrupt(entry);
    await house.manager.scrub();
    expect(house.log.lines.filter(({ level }) => level === 'error')).toMatchObject([
      {
        fields: {
          pool: house.pools[0],
          imageId: image.id,
          generation: entry.generation,
          expected: entry.evidence?.contentDigest,
          found: expect.stringMatching(/^sha256-1m:/) as string,
        },
      },
    ]);
  });

  test('P3: a create that comes while it is filled again joins, and gets the right bytes', async () => {
    const { image, entry } = await oldCopy();
    corrupt(entry);
    house.images.hold();
    const scrubbed = house.manager.scrub();
    await eventually(() => house.images.underWay === 1);
    const id = await house.request(image);
    await house.pump.deliver();
    await house.pump.deliver();
    await eventually(async () => (await ofType('joined')).length === 1);
    house.images.release();
    await scrubbed;
    await house.pump.settle();
    expect(await house.volume(id)).toMatchObject({ status: 'provisioned', decision: { outcome: 'joined' } });
    expect(house.bytesOf(id, image.sizeBytes)).toEqual(house.images.bytesOf(image.id));
    expect(house.images.downloads).toHaveLength(2);
  });

  test('and whose refill fails is filled by the next create', async () => {
    const { image, entry } = await oldCopy();
    corrupt(entry);
    house.images.fail('image.download_failed');
    await house.manager.scrub();
    expect(await ofType('fill-failed')).toHaveLength(1);
    expect(await house.create(image)).toMatchObject({ status: 'provisioned', decision: { outcome: 'miss' } });
  });

  test('and whose refill dies with its process is filled by the next create, who waited for it included', async () => {
    const { image, entry } = await oldCopy();
    corrupt(entry);
    house.images.hold();
    void house.manager.scrub().catch(() => undefined);
    await eventually(() => house.images.underWay === 1);
    const id = await house.request(image);
    await house.pump.deliver();
    await house.pump.deliver();
    await eventually(async () => (await ofType('joined')).length === 1);
    Object.assign(house.mortal, { dead: true });
    house.images.release();
    await house.boot();
    await house.pump.settle();
    expect(await house.volume(id)).toMatchObject({ status: 'provisioned', decision: { entry: { generation: 3 } } });
    expect(await house.cacheCounts()).toMatchObject({ 'fill-failed': 1, reaped: 2 });
    expect(house.backend().objects.size).toBe(3);
  });

  test('is not filled again by a cache that was switched off', async () => {
    const { entry } = await oldCopy();
    corrupt(entry);
    const off = { image_volume_cache_enabled: false };
    const { store, backends, images } = house;
    await house.close();
    await open({ backends: { fast: off } });
    Object.assign(house, { nowMs: house.nowMs + 2 * weekMs });
    for (const [name, backend] of backends) house.backends.set(name, backend);
    await copyLog(store, house.store);
    await house.boot();
    await house.manager.scrub();
    expect(await ofType('verify-failed')).toHaveLength(1);
    expect(await ofType('fill-started')).toHaveLength(1);
    expect(images.downloads).toHaveLength(1);
  });
});

describe('a copy that cannot be read', () => {
  beforeEach(() => open());

  test('because it is gone is retired as lost', async () => {
    const { entry } = await oldCopy();
    house.backend().objects.delete(`volume-${entry.imageVolumeId}`);
    await house.manager.scrub();
    expect(await ofType('evict')).toMatchObject([{ data: { reason: 'lost' } }]);
    expect(await ofType('verify-failed')).toEqual([]);
  });

  test('three times in a row, an hour between two, is given up and filled again', async () => {
    const { entry } = await oldCopy();
    flaky.fail('openReader', 'failed', 'failed', 'failed');
    await house.manager.scrub();
    await house.manager.scrub();
    expect(reads()).toBe(1);
    for (let time = 1; time <= 2; time += 1) {
      expect(await entries()).toMatchObject([{ status: 'ready' }]);
      house.nowMs += hourMs;
      await house.manager.scrub();
    }
    expect(await ofType('evict')).toMatchObject([{ data: { reason: 'verify-failed', generation: entry.generation } }]);
    expect((await entries()).find(({ status }) => status === 'ready')).toMatchObject({ generation: 2 });
  });

  test('twice and then again goes on serving', async () => {
    await oldCopy();
    for (const code of ['failed', 'failed', undefined, 'failed', 'failed', undefined] as const) {
      if (code) flaky.fail('openReader', code);
      await house.manager.scrub();
      house.nowMs += code ? hourMs : 2 * weekMs;
    }
    expect(await ofType('verified')).toHaveLength(2);
    expect(await ofType('evict')).toEqual([]);
  });

  test('because its backend is away or busy is left alone, however often', async () => {
    await oldCopy();
    for (let time = 1; time <= 5; time += 1) {
      flaky.fail('openReader', time % 2 === 0 ? 'unavailable' : 'busy');
      await house.manager.scrub();
      house.nowMs += hourMs;
    }
    expect(reads()).toBe(5);
    expect(await entries()).toMatchObject([{ status: 'ready' }]);
  });

  test('and was retired meanwhile is nobody’s concern', async () => {
    const { entry } = await oldCopy();
    corrupt(entry);
    flaky.hold('openReader');
    const scrubbed = house.manager.scrub();
    await eventually(() => reads() === 1);
    await elsewhere({ do: 'RetireEntry', generation: entry.generation, reason: 'manual' });
    await house.pump.settle();
    flaky.release('openReader');
    await scrubbed;
    expect(await ofType('verify-failed')).toEqual([]);
    expect(house.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

test('a copy that another process retired is nobody’s concern, though this one has not heard of it when it has read it', async () => {
  await open();
  const { entry } = await oldCopy();
  corrupt(entry);
  flaky.hold('openReader');
  const scrubbed = house.manager.scrub();
  await eventually(() => reads() === 1);
  await elsewhere({ do: 'RetireEntry', generation: entry.generation, reason: 'manual' });
  flaky.release('openReader');
  await scrubbed;
  expect(house.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  expect(await ofType('fill-started')).toHaveLength(1);
});

describe('a backend that hangs', () => {
  test('holds up nothing, is not asked again before it answers, and its copies serve on', async () => {
    await open({ scrub: { stallMs: 20 } });
    await oldCopy();
    flaky.hold('openReader');
    await house.manager.scrub();
    house.nowMs += 2 * weekMs;
    await house.manager.scrub();
    expect(reads()).toBe(1);
    flaky.release('openReader');
    await eventually(async () => {
      await house.manager.scrub();
      return (await ofType('verified')).length === 1;
    });
    expect(await entries()).toMatchObject([{ status: 'ready' }]);
  });

  test('does not keep the process from ending', async () => {
    await open();
    await oldCopy();
    flaky.hold('openReader');
    const scrubbed = house.manager.scrub();
    await eventually(() => reads() === 1);
    await house.boot();
    await scrubbed;
    flaky.release('openReader');
    expect(await ofType('verified')).toEqual([]);
    expect(house.log.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });
});

describe('the pace', () => {
  test('is so many bytes a second, whatever the number of copies', async () => {
    await open({ scrub: { bytesPerSecond: mib } });
    for (const ageMs of [0, 0, weekMs + hourMs]) await oldCopy(ageMs);
    const startMs = house.nowMs;
    await house.manager.scrub();
    expect(await ofType('verified')).toHaveLength(3);
    // A block of 1 MiB each; the first costs nothing beyond its reading.
    expect(house.nowMs - startMs).toBe(2_000);
  });

  test('0 reads nothing', async () => {
    await open({ scrub: { bytesPerSecond: 0 } });
    const { entry } = await oldCopy();
    corrupt(entry);
    await house.manager.scrub();
    expect(reads()).toBe(0);
    expect(await entries()).toMatchObject([{ status: 'ready' }]);
  });

  test('gives way to fills of the same backend', async () => {
    await open({ scrub: { fillsPatienceMs: Infinity } });
    await oldCopy();
    flaky.hold('openReader');
    const scrubbed = house.manager.scrub();
    await eventually(() => reads() === 1);
    house.images.hold();
    await house.request(house.images.add());
    await house.pump.deliver();
    await house.pump.deliver();
    await eventually(() => house.images.underWay === 1);
    const startMs = house.nowMs;
    flaky.release('openReader');
    await eventually(() => house.nowMs - startMs > 10_000);
    expect(await ofType('verified')).toEqual([]);
    house.images.release();
    await scrubbed;
    expect(await ofType('verified')).toHaveLength(1);
  });

  test('waits for fills that do not end only so long, for the sake of the copies of other backends', async () => {
    await open({ backends: { fast: {}, slow: {} }, scrub: { fillsPatienceMs: 10_000 } });
    const elsewhereId = await house.request(house.images.add());
    const [, slow] = house.pools;
    await place(elsewhereId, slow!);
    await house.pump.settle();
    house.nowMs += hourMs;
    await oldCopy();
    // The copy of the slow backend is the older one; the fast one's is begun with when the slow backend fills.
    house.images.hold();
    await place(await house.request(house.images.add()), slow!);
    flaky.hold('openReader');
    const scrubbed = house.manager.scrub();
    await eventually(() => reads() === 1);
    await house.pump.deliver();
    await house.pump.deliver();
    await eventually(() => house.images.underWay === 1);
    flaky.release('openReader');
    await scrubbed;
    const looks = async (pool: PoolRef) => (await house.cacheCounts(pool)).verified ?? 0;
    expect([await looks(house.pools[0]!), await looks(slow!)]).toEqual([1, 0]);
    house.images.release();
    await house.pump.settle();
    await house.manager.scrub();
    // Not put off: it is looked at as soon as the fills have ended.
    expect(await looks(slow!)).toBe(1);
  });

  test('begins with no copy of a backend that fills', async () => {
    await open();
    await oldCopy();
    house.images.hold();
    await house.request(house.images.add());
    await house.pump.deliver();
    await house.pump.deliver();
    await eventually(() => house.images.underWay === 1);
    await house.manager.scrub();
    expect(reads()).toBe(0);
    house.images.release();
    await house.pump.settle();
    await house.manager.scrub();
    expect(await ofType('verified')).toHaveLength(1);
  });
});

test('P3: of two pools only the one whose copy went bad loses it', async () => {
  await open({ backends: { fast: {}, slow: {} } });
  const { image, entry } = await oldCopy();
  corrupt(entry);
  await house.manager.scrub();
  expect((await house.cache(house.pools[1])).entries.size).toBe(0);
  expect((await entries()).filter(({ status }) => status === 'ready')).toMatchObject([
    { generation: 2 as Generation, imageId: image.id },
  ]);
});

/** The events of the pool's commits after its first `from` events, commit by commit. */
async function commitsAfter(from: number): Promise<(readonly ImageCacheEvent[])[]> {
  const commits: (readonly ImageCacheEvent[])[] = [];
  let seen = 0;
  for await (const { events } of house.store.read({ category: 'image-cache', id: house.pools[0]! })) {
    if (seen >= from) commits.push(events);
    seen += events.length;
  }
  return commits;
}

async function place(id: VolumeId, pool: PoolRef): Promise<void> {
  await runCommand(
    house.environment,
    volumeDecider,
    { category: 'volume', id },
    { do: 'RecordPlacement', pool, availabilityZone: 'nova', rejected: [] },
  );
}

async function copyLog(from: TestHouse['store'], to: TestHouse['store']): Promise<void> {
  const stream = { category: 'image-cache', id: house.pools[0]! } as const;
  let sequence = 0;
  for await (const { id, recordedAt, events } of from.read(stream)) {
    const stored = await to.append(stream, sequence, { id, recordedAt, events });
    if (stored.status === 'appended') sequence = stored.sequence;
  }
}
