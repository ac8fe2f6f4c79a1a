import { type ImageCacheCommand, imageCacheDecider, volumeDecider } from '@hearth/domain';
import { runCommand } from '@hearth/event-sourcing';
import type { PoolRef, VolumeId } from '@hearth/kernel';
import { eventually } from '@hearth/testing';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';
import type { TestHouseOptions } from '../testing/test-house.options';

// What happens at once in a busy cloud. The numbers are those of docs/promises.md.

let house: TestHouse;
let flaky: FlakyDriver;
const open = async (backends: NonNullable<TestHouseOptions['backends']> = { fast: {} }) => {
  flaky = new FlakyDriver();
  house = await TestHouse.open({ backends, wrap: (name, driver) => (name === 'fast' ? flaky.wrap(driver) : driver) });
};
afterEach(() => house.close());

const decisionOf = async (id: VolumeId) => {
  const volume = await house.volume(id);
  if (volume.status !== 'provisioned') throw new Error(`the volume is ${JSON.stringify(volume)}`);
  return volume.decision;
};
const outcomesOf = async (ids: readonly VolumeId[]) => {
  const counts: Record<string, number> = {};
  for (const id of ids) {
    const outcome = (await decisionOf(id))?.outcome ?? 'none';
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
};
const made = async (...of: Parameters<TestHouse['request']>) => {
  const id = await house.request(...of);
  await house.pump.settle();
  return decisionOf(id);
};
const begin = async () => {
  await house.pump.deliver();
  await house.pump.deliver();
};
const steer = (command: ImageCacheCommand) =>
  runCommand(house.environment, imageCacheDecider, { category: 'image-cache', id: house.pools[0]! }, command);

test('J.e: 90 creates of one image on three pools at once are three downloads, and all are served', async () => {
  await open({ fast: {}, slow: {}, far: {} });
  const image = house.images.add();
  const placed = async (pool: PoolRef) => {
    const id = await house.request(image);
    const stream = { category: 'volume', id } as const;
    const placement = { pool, availabilityZone: 'nova', rejected: [] };
    await runCommand(house.environment, volumeDecider, stream, { do: 'RecordPlacement', ...placement });
    return id;
  };
  house.images.hold();
  const ids = await Promise.all(Array.from({ length: 90 }, (_, index) => placed(house.pools[index % 3]!)));
  await begin();
  await eventually(() => house.images.underWay === 3, { what: 'a fill on each pool' });
  house.images.release();
  await house.pump.settle();
  expect(house.images.downloads).toHaveLength(3);
  expect(await outcomesOf(ids)).toEqual({ miss: 3, joined: 87 });
});

test('P4 · I.41: while 20 clones of the only entry run nothing is evicted, and what wanted its room is downloaded', async () => {
  await open({ fast: { image_volume_cache_max_count: 1 } });
  const [held, other] = [house.images.add(), house.images.add()];
  await made(held);
  flaky.hold('clone');
  const ids = await Promise.all(Array.from({ length: 20 }, () => house.request(held)));
  await begin();
  await eventually(async () => (await house.cache()).claims.size === 20, { what: 'twenty leases' });
  const refused = await house.request(other);
  await begin();
  await eventually(async () => (await house.volume(refused)).status === 'provisioned', { what: 'the download' });
  flaky.release('clone');
  await house.pump.settle();
  expect(await decisionOf(refused)).toMatchObject({ outcome: 'bypass', reason: 'no-room' });
  expect(await outcomesOf(ids)).toEqual({ hit: 20 });
  expect(await house.cacheCounts()).not.toHaveProperty('evict');
});

test('J.b: an image whose record is edited while it is filled is one content: who comes with the new record joins', async () => {
  await open();
  const image = house.images.add();
  house.images.hold();
  const first = await house.request(image);
  await begin();
  await eventually(() => house.images.underWay === 1);
  const second = await house.request({ ...image, name: 'renamed', updatedAt: '2031-01-01T00:00:00Z' });
  await begin();
  await eventually(async () => (await house.cache()).claims.size === 2);
  house.images.release();
  await house.pump.settle();
  expect(await outcomesOf([first, second])).toEqual({ miss: 1, joined: 1 });
  expect((await house.cache()).usage.count).toBe(1);
});

test('J.j: of an image that is deactivated between the request and the clone no clone is made, for nobody who waited', async () => {
  await open();
  const image = house.images.add();
  house.images.hold();
  await house.request(image);
  await house.request(image);
  await begin();
  await eventually(async () => (await house.cache()).claims.size === 2);
  await steer({ do: 'SuspendImage', imageId: image.id, cause: 'deactivated', at: house.environment.now() });
  house.images.release();
  await house.pump.settle();
  expect(flaky.calls).not.toContain('clone');
  const counts = await house.cacheCounts();
  for (const kind of ['leased', 'hit']) expect(counts).not.toHaveProperty(kind);
});

test('J.d: entries that a backend does not let go of keep no image out of the cache, and fail no create', async () => {
  await open({ fast: { image_volume_cache_max_count: 1 } });
  await made(house.images.add());
  flaky.hold('remove');
  const images = [house.images.add(), house.images.add(), house.images.add()];
  for (const image of images) {
    const id = await house.request(image);
    await begin();
    await eventually(async () => (await house.volume(id)).status === 'provisioned', { what: 'the next image' });
    expect(await decisionOf(id)).toMatchObject({ outcome: 'miss' });
  }
  const state = await house.cache();
  expect([...state.entries.values()].filter(({ status }) => status === 'retired')).toHaveLength(3);
  expect(state.usage.count).toBe(1);
  flaky.release('remove');
  await house.pump.settle();
  expect(await house.cacheCounts()).toMatchObject({ evict: 3, reaped: 3 });
});

describe('a backend that fails over', () => {
  const imageVolumeOf = async (imageId: string) => {
    const { entries } = await house.cache();
    const entry = [...entries.values()].find((one) => one.imageId === imageId && one.status === 'ready');
    if (!entry) throw new Error('the image is not cached');
    return { entry, object: `volume-${entry.imageVolumeId}` };
  };

  test('without some of its image-volumes fills each of those once more, and creates of all images succeed', async () => {
    await open();
    const [lost, kept] = [house.images.add(), house.images.add()];
    await made(lost);
    await made(kept);
    const old = await imageVolumeOf(lost.id);
    house.backend().objects.delete(old.object);
    await house.boot();
    const ids = await Promise.all([lost, lost, lost, kept].map((image) => house.request(image)));
    await house.pump.settle();
    expect(await outcomesOf(ids.slice(0, 3))).toEqual({ miss: 1, joined: 2 });
    expect(await outcomesOf(ids.slice(3))).toEqual({ hit: 1 });
    expect(house.images.downloads).toHaveLength(3);
    const evictions = (await house.cacheEvents()).filter(({ type }) => type === 'evict');
    expect(evictions).toMatchObject([{ data: { generation: old.entry.generation, reason: 'lost' } }]);
  });

  test('and back again has one copy of each image: what comes back with it goes at a second look', async () => {
    await open();
    const image = house.images.add();
    await made(image);
    const old = await imageVolumeOf(image.id);
    const before = house.backend().objects.get(old.object)!;
    house.backend().objects.delete(old.object);
    await house.boot();
    await made(image);
    house.backend().objects.set(old.object, before);
    await house.boot();
    expect(await made(image)).toMatchObject({ outcome: 'hit' });
    const look = () => house.manager.reconcile({ pool: house.pools[0], dryRun: false });
    await look();
    house.nowMs += 15 * 60_000;
    await look();
    expect(house.backend().objects.has(old.object)).toBe(false);
    expect(house.backend().objects.has((await imageVolumeOf(image.id)).object)).toBe(true);
    expect(await made(image)).toMatchObject({ outcome: 'hit' });
  });
});

test('a host that is renamed has pools of its own: it fills its cache anew, and takes nothing for its own to remove', async () => {
  await open();
  const image = house.images.add();
  await made(image);
  const [before] = house.pools;
  const objects = [...house.backend().objects.keys()];
  await house.rename('store-09');
  expect(house.pools).not.toContain(before);
  expect(await made(image)).toMatchObject({ outcome: 'miss', entry: { pool: house.pools[0] } });
  expect(await made(image)).toMatchObject({ outcome: 'hit', entry: { pool: house.pools[0] } });
  for (let look = 1; look <= 2; look += 1) {
    await house.manager.reconcile({ pool: house.pools[0], dryRun: false });
    house.nowMs += 15 * 60_000;
  }
  expect([...house.backend().objects.keys()]).toEqual(expect.arrayContaining(objects));
  expect((await house.cache(before)).usage.count).toBe(1);
});
