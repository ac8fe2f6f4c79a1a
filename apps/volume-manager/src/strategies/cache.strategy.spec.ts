import type { VolumeId } from '@hearth/kernel';
import { eventually } from '@hearth/testing';
import { TestHouse } from '../testing/test-house';
import type { TestHouseOptions } from '../testing/test-house.options';

let house: TestHouse;
const open = async (cache: NonNullable<TestHouseOptions['backends']>[string] = {}) =>
  (house = await TestHouse.open({ backends: { fast: cache } }));
afterEach(() => house.close());

async function decisionOf(id: VolumeId) {
  const volume = await house.volume(id);
  if (volume.status !== 'provisioned') throw new Error(`the volume is ${JSON.stringify(volume)}`);
  return volume.decision;
}
async function created(...of: Parameters<TestHouse['request']>) {
  const id = await house.request(...of);
  await house.pump.settle();
  return id;
}

test('the first volume of an image is a miss: one download, golden copy of minimal size, clone of the size asked for', async () => {
  await open();
  const image = house.images.add();
  const id = await created(image, 5);
  expect(await decisionOf(id)).toMatchObject({
    outcome: 'miss',
    strategy: 'cache',
    reason: 'not-cached',
    declined: [],
    cloneMethod: 'memory',
    bytesDownloaded: image.sizeBytes,
    digest: `sha512:${image.osHashValue}`,
  });
  const sizes = [...house.backend().objects].map(([name, { sizeGib }]) => [name === `volume-${id}`, sizeGib]);
  expect(sizes).toEqual(
    expect.arrayContaining([
      [true, 5],
      [false, 1],
    ]),
  );
  expect(sizes).toHaveLength(2);
  expect(house.bytesOf(id, image.sizeBytes)).toEqual(house.images.bytesOf(image.id));
  expect((await house.cacheEvents()).map(({ type }) => type)).toEqual(['fill-started', 'create', 'leased', 'miss']);
});

test('the second volume of an image is a hit: a clone, no download, one event more', async () => {
  await open();
  const image = house.images.add();
  await created(image);
  const id = await created(image, 7);
  expect(await decisionOf(id)).toMatchObject({ outcome: 'hit', reason: 'cached', bytesDownloaded: 0, bytesWritten: 0 });
  expect(house.images.downloads).toHaveLength(1);
  expect(house.bytesOf(id, image.sizeBytes)).toEqual(house.images.bytesOf(image.id));
  expect(await house.cacheCounts()).toEqual({ 'fill-started': 1, create: 1, leased: 2, miss: 1, hit: 1 });
});

test('the hit tells who asked, so that subscribers need look nothing up', async () => {
  await open();
  const image = house.images.add();
  await created(image);
  const id = await created(image, 7);
  expect((await house.cacheEvents()).at(-1)).toMatchObject({
    type: 'hit',
    data: {
      volumeId: id,
      imageId: image.id,
      projectId: 'demo',
      userId: 'alice',
      sizeGib: 7,
      requestId: `req-${id}`,
      joined: false,
    },
  });
});

test('P1 · P8: fifty creates of a cold image at once are one download, one miss, one create, forty-nine joined hits', async () => {
  await open();
  const image = house.images.add();
  house.images.hold();
  const ids = await Promise.all(Array.from({ length: 50 }, () => house.request(image)));
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(async () => (await house.cache()).claims.size === 50, { what: 'all have claimed' });
  house.images.release();
  await house.pump.settle();
  expect(house.images.downloads).toEqual([image.id]);
  expect(await house.cacheCounts()).toMatchObject({ 'fill-started': 1, create: 1, miss: 1, hit: 49, joined: 49 });
  const outcomes = await Promise.all(ids.map(async (id) => (await decisionOf(id))?.outcome));
  expect(outcomes.filter((outcome) => outcome === 'joined')).toHaveLength(49);
  expect(outcomes.filter((outcome) => outcome === 'miss')).toHaveLength(1);
  expect(house.backend().objects.size).toBe(51);
  for (const id of ids) expect(house.bytesOf(id, image.sizeBytes)).toEqual(house.images.bytesOf(image.id));
});

test('a create that waits for a fill holds no worker: its nudge is done', async () => {
  await open();
  const image = house.images.add();
  house.images.hold();
  const filler = await house.request(image);
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(() => house.images.underWay === 1);
  const joiner = await house.request(image);
  const stream = { category: 'volume', id: joiner } as const;
  await house.pump.deliver();
  await house.manager.react({ kind: 'volume', id: stream.id }, new AbortController().signal);
  expect((await house.cache()).claims.get(joiner)).toMatchObject({ stage: 'waiting', outcome: 'joined' });
  house.images.release();
  await house.pump.settle();
  expect((await decisionOf(filler))?.outcome).toBe('miss');
  expect((await decisionOf(joiner))?.outcome).toBe('joined');
});

test('I.2: fills under way do not hold up a hit', async () => {
  await open();
  const [warm, ...cold] = [house.images.add(), house.images.add(), house.images.add(), house.images.add()];
  await created(warm);
  house.images.hold();
  for (const image of cold) await house.request(image);
  const hit = await house.request(warm);
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(async () => (await house.volume(hit)).status === 'provisioned', { what: 'the hit' });
  expect(house.images.underWay).toBe(2);
  house.images.release();
  await house.pump.settle();
});

test('another image is another entry', async () => {
  await open();
  const [one, two] = [house.images.add(), house.images.add()];
  const ids = [await created(one), await created(two)];
  expect(house.images.downloads).toEqual([one.id, two.id]);
  expect((await house.cache()).usage).toEqual({ sizeGib: 2, count: 2 });
  expect(house.bytesOf(ids[1]!, two.sizeBytes)).toEqual(house.images.bytesOf(two.id));
});

test('a metadata edit of an image throws no copy away', async () => {
  await open();
  const image = house.images.add();
  await created(image);
  await created({ ...image, updatedAt: '2030-01-01T00:00:00Z', name: 'renamed' });
  expect(house.images.downloads).toHaveLength(1);
});

test('P6: room is made for an image by evicting the one used least recently, and what was evicted is reaped', async () => {
  await open({ image_volume_cache_max_count: 2 });
  const [one, two, three] = [house.images.add(), house.images.add(), house.images.add()];
  await created(one);
  await created(two);
  await created(one);
  await created(three);
  const evicted = (await house.cacheEvents()).flatMap((event) => (event.type === 'evict' ? event.data : []));
  expect(evicted).toMatchObject([{ imageId: two.id, reason: 'lru' }]);
  expect(await house.cacheCounts()).toMatchObject({ evict: 1, reaped: 1 });
  expect((await house.cache()).usage.count).toBe(2);
  expect(house.backend().objects.size).toBe(4 + 2);
});

test('P4 · P6: where every entry is in use and there is no room, the image is downloaded and nothing is evicted', async () => {
  await open({ image_volume_cache_max_count: 1 });
  const [one, two] = [house.images.add(), house.images.add()];
  house.images.hold();
  await house.request(one);
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(() => house.images.underWay === 1);
  const second = await house.request(two);
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(() => house.images.underWay === 2);
  house.images.release();
  await house.pump.settle();
  expect(await decisionOf(second)).toMatchObject({
    outcome: 'bypass',
    strategy: 'download',
    reason: 'no-room',
    declined: [{ strategy: 'cache', reason: 'no-room' }],
  });
  expect(await house.cacheCounts()).not.toHaveProperty('evict');
});

test('J.6: an image larger than the cache is not cached and evicts nothing', async () => {
  await open({ image_volume_cache_max_size_gb: 2 });
  const small = house.images.add();
  await created(small);
  const id = await created(house.images.add({ virtualGib: 3 }), 3);
  expect(await decisionOf(id)).toMatchObject({ outcome: 'bypass', reason: 'larger-than-cache' });
  expect((await house.cache()).usage).toEqual({ sizeGib: 1, count: 1 });
});

test('an image whose header needs more than was claimed gets its room, and what it pushes out is evicted', async () => {
  await open({ image_volume_cache_max_size_gb: 3 });
  const small = house.images.add();
  await created(small);
  const id = await created(house.images.add({ virtualGib: 1, headerGib: 3 }), 4);
  expect(await decisionOf(id)).toMatchObject({ outcome: 'miss' });
  expect(await house.cacheCounts()).toMatchObject({ 'fill-sized': 1, evict: 1 });
  expect((await house.cache()).usage).toEqual({ sizeGib: 3, count: 1 });
});

test('where the header shows that the image is not for this cache, everybody who waited is served by download', async () => {
  await open({ image_volume_cache_max_size_gb: 2 });
  const image = house.images.add({ virtualGib: 1, headerGib: 5 });
  house.images.hold();
  const ids = await Promise.all([0, 1, 2].map(() => house.request(image, 6)));
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(async () => (await house.cache()).claims.size === 3);
  house.images.release();
  await house.pump.settle();
  for (const id of ids) {
    expect(await decisionOf(id)).toMatchObject({ outcome: 'bypass', reason: 'larger-than-cache', entry: null });
    expect(house.bytesOf(id, image.sizeBytes)).toEqual(house.images.bytesOf(image.id));
  }
  const counts = await house.cacheCounts();
  expect(counts).not.toHaveProperty('hit');
  expect(counts).not.toHaveProperty('miss');
  expect((await house.cache()).claims.size).toBe(0);
  expect(house.backend().objects.size).toBe(3);
});

test('an image that does not fit the volume fails the create with the reason, and the copy stays for larger volumes', async () => {
  await open();
  const image = house.images.add({ virtualGib: 1, headerGib: 4 });
  const id = await created(image, 2);
  expect(await house.volume(id)).toMatchObject({
    status: 'error',
    failure: {
      code: 'image.unacceptable',
      reason: expect.stringContaining('4 GiB and does not fit in a volume of 2 GiB'),
    },
  });
  expect(await house.cacheCounts()).toMatchObject({ create: 1, miss: 1 });
  expect((await decisionOf(await created(image, 4)))?.outcome).toBe('hit');
  expect(house.backend().objects.size).toBe(2);
});

test('one copy serves several image ids only where the hashes of the image service are trusted', async () => {
  await open();
  const image = house.images.add();
  const twin = house.images.add({ osHashValue: image.osHashValue });
  await created(image);
  await created(twin);
  expect(house.images.downloads).toEqual([image.id, twin.id]);
  await house.close();
  await open({ image_hashes_trusted: true });
  const [again, twinAgain] = [house.images.add(), house.images.add()];
  await created(again);
  await created({ ...twinAgain, osHashValue: again.osHashValue });
  expect(house.images.downloads).toEqual([again.id]);
});
