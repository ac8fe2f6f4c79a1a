import type { ImageIdentity } from '@hearth/contracts';
import { type ImageCacheCommand, imageCacheDecider } from '@hearth/domain';
import { runCommand, wasRefused } from '@hearth/event-sourcing';
import type { ProjectId, UserId } from '@hearth/kernel';
import { ImageServiceError } from '@hearth/openstack-clients';
import { eventually } from '@hearth/testing';
import { randomUUID } from 'node:crypto';
import { loseAnswer } from '../testing/lost-answer';
import { TestHouse } from '../testing/test-house';
import type { TestHouseOptions } from '../testing/test-house.options';

let house: TestHouse;
type Options = NonNullable<TestHouseOptions['backends']>[string];
const open = async (fast: Options = {}, more: TestHouseOptions = {}) =>
  (house = await TestHouse.open({ backends: { fast }, ...more }));
afterEach(() => house.close());

const by = { userId: 'admin' as UserId, projectId: 'admin' as ProjectId, requestId: null };
const steer = async (command: ImageCacheCommand) => {
  const stream = { category: 'image-cache', id: house.pools[0]! } as const;
  const answer = await runCommand(house.environment, imageCacheDecider, stream, command);
  if (wasRefused(answer)) throw new Error(answer.refused);
};
/** What wakes the host for a pool. */
const wake = () => house.manager.react({ kind: 'pool', id: house.pools[0]! }, new AbortController().signal);
const look = async () => {
  await wake();
  await house.manager.prefetched();
};

/** Woken, the host has begun so many fetches. */
const underWay = async (fetches: number) => {
  await wake();
  await eventually(() => house.images.underWay === fetches);
};

async function request(image: Pick<ImageIdentity, 'id'>, deadlineInMs?: number): Promise<string> {
  const prefetchId = randomUUID();
  const deadline = deadlineInMs === undefined ? null : new Date(house.nowMs + deadlineInMs).toISOString();
  const at = house.environment.now();
  await steer({ do: 'RequestPrefetch', prefetchId, imageId: image.id, deadline, pin: false, by, at });
  return prefetchId;
}

async function ends() {
  const all = await house.cacheEvents();
  return all.flatMap((event) => (event.type === 'prefetch-ended' ? [event.data] : []));
}

test('I.37: an image that was asked for ahead is there for the first create: a hit, without a wait', async () => {
  await open();
  const image = house.images.add();
  const prefetchId = await request(image);
  await look();
  expect(await ends()).toMatchObject([{ prefetchId, imageId: image.id, outcome: 'cached', generation: 1 }]);
  expect(await house.create(image)).toMatchObject({ decision: { outcome: 'hit' } });
  expect(house.images.downloads).toEqual([image.id]);
});

test('it is asked for with the name that the image service has for it now, whoever asked', async () => {
  await open();
  const image = house.images.add({ name: 'as it is called now' });
  await request(image);
  await look();
  expect((await house.cacheEvents()).find(({ type }) => type === 'fill-started')).toMatchObject({
    data: { image: { name: 'as it is called now' }, volumeId: null },
  });
});

test('an image that has an entry is existing, and nothing is fetched', async () => {
  await open();
  const image = house.images.add();
  await house.create(image);
  await request(image);
  await look();
  expect(await ends()).toMatchObject([{ outcome: 'existing', generation: 1, failure: null }]);
  expect(house.images.downloads).toHaveLength(1);
});

test('a create that comes meanwhile joins the fill', async () => {
  await open();
  const image = house.images.add();
  house.images.hold();
  await request(image);
  await underWay(1);
  const id = await house.request(image);
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(async () => (await house.cache()).claims.size === 1);
  house.images.release();
  await house.manager.prefetched();
  await house.pump.settle();
  expect(await house.volume(id)).toMatchObject({ decision: { outcome: 'joined' } });
  expect(house.images.downloads).toHaveLength(1);
});

describe('an image that cannot be had ends it, with a typed failure', () => {
  test.each([
    ['deactivated', 'deactivated', 'image.unacceptable'],
    ['queued', 'queued', 'image.unacceptable'],
    ['gone', new ImageServiceError('not-found', 'no such image'), 'image.not_found'],
    ['forbidden', new ImageServiceError('forbidden', 'not for you'), 'image.download_failed'],
  ] as const)('one that is %s', async (_, status, code) => {
    await open();
    const image = house.images.add();
    house.images.statuses.set(image.id, status);
    await request(image);
    await look();
    expect(await ends()).toMatchObject([{ outcome: 'error', generation: null, failure: { code } }]);
    expect(house.images.downloads).toEqual([]);
  });

  test('one that is larger than the cache, and one that is larger than the pool', async () => {
    await open({ image_volume_cache_max_size_gb: 2 });
    await request(house.images.add({ virtualGib: 3 }));
    await look();
    expect(await ends()).toMatchObject([{ outcome: 'error', failure: { code: 'cache.not_admitted' } }]);
    await request(house.images.add({ virtualGib: 5_000 }));
    await look();
    expect((await ends())[1]?.failure?.reason).toMatch(/needs 5000 GiB, and .* has 1000 GiB in all/);
    expect((await house.cache()).usage.count).toBe(0);
  });

  test('one whose bytes are not what they should be', async () => {
    await open();
    house.images.fail('image.hash_mismatch');
    await request(house.images.add());
    await look();
    expect(await ends()).toMatchObject([{ outcome: 'error', failure: { code: 'image.hash_mismatch' } }]);
  });

  test('over the internal quota, aloud', async () => {
    await open({}, { internalQuota: async () => ({ verdict: 'over', resource: 'volumes', limit: 0, inUse: 0 }) });
    await request(house.images.add());
    await look();
    expect(await ends()).toMatchObject([{ outcome: 'error', failure: { code: 'cache.not_admitted' } }]);
    expect(house.log.lines.some(({ level }) => level === 'error')).toBe(true);
  });

  test('a pool whose cache is not on is unsupported', async () => {
    await open({ image_volume_cache_enabled: false });
    await request(house.images.add());
    await look();
    expect(await ends()).toMatchObject([{ outcome: 'unsupported', failure: { code: 'cache.not_admitted' } }]);
  });
});

test('while the image service is away it is owed, and done when it is back', async () => {
  await open();
  const image = house.images.add();
  house.images.statuses.set(image.id, new ImageServiceError('away', 'nobody answers'));
  await request(image);
  await look();
  expect(await ends()).toEqual([]);
  house.images.statuses.delete(image.id);
  await look();
  expect(await ends()).toMatchObject([{ outcome: 'cached' }]);
});

test('a failure that may pass is tried again, and ends it after three', async () => {
  await open();
  house.images.fail('image.download_failed', 'image.download_failed', 'image.download_failed');
  await request(house.images.add());
  for (let run = 1; run <= 4; run += 1) await look();
  expect(await ends()).toMatchObject([{ outcome: 'error', failure: { code: 'image.download_failed' } }]);
  expect(house.images.downloads).toHaveLength(3);
});

test('its deadline passes', async () => {
  await open();
  const image = house.images.add();
  house.images.statuses.set(image.id, new ImageServiceError('away', 'nobody answers'));
  await request(image, 60_000);
  await look();
  house.nowMs += 60_001;
  await look();
  expect(await ends()).toMatchObject([{ outcome: 'expired' }]);
});

test('a cancelled one ends its fill, and leaves nothing', async () => {
  await open();
  const image = house.images.add();
  house.images.hold();
  const prefetchId = await request(image);
  await underWay(1);
  await steer({ do: 'CancelPrefetch', prefetchId, by, at: house.environment.now() });
  const stopping = look();
  await eventually(async () => (await ends()).length === 1);
  house.images.release();
  await stopping;
  await look();
  expect(await ends()).toMatchObject([{ prefetchId, outcome: 'cancelled' }]);
  expect(house.backend().objects.size).toBe(0);
  expect((await house.cache()).entries.size).toBe(0);
});

test('one that is asked for anew while a cancelled one of the image is filled takes that fill up', async () => {
  await open();
  const image = house.images.add();
  house.images.hold();
  const cancelled = await request(image);
  await underWay(1);
  await steer({ do: 'CancelPrefetch', prefetchId: cancelled, by, at: house.environment.now() });
  const anew = await request(image);
  await wake();
  house.images.release();
  await look();
  expect(await ends()).toMatchObject([
    { prefetchId: cancelled, outcome: 'cancelled' },
    { prefetchId: anew, outcome: 'cached' },
  ]);
  expect(house.images.downloads).toHaveLength(1);
});

test.each(['fill-started', 'create', 'prefetch-ended'] as const)(
  'where the answer to `%s` is lost, it is done once all the same',
  async (type) => {
    await open();
    loseAnswer(house.store, type);
    const image = house.images.add();
    await request(image);
    await look();
    expect(await ends()).toMatchObject([{ outcome: 'cached', generation: 1 }]);
    expect(house.images.downloads).toEqual([image.id]);
    expect(house.backend().objects.size).toBe(1);
    expect(await house.create(image)).toMatchObject({ decision: { outcome: 'hit' } });
  },
);

test('where the answer to the end of one that failed is lost, it has ended once', async () => {
  await open();
  const image = house.images.add();
  house.images.statuses.set(image.id, 'queued');
  loseAnswer(house.store, 'prefetch-ended');
  await request(image);
  await look();
  await look();
  expect(await ends()).toMatchObject([{ outcome: 'error' }]);
});

test('one that was under way when the process died is done by the next', async () => {
  await open();
  const image = house.images.add();
  house.images.hold();
  await request(image);
  await underWay(1);
  const booting = house.boot();
  house.images.release();
  await booting;
  await house.manager.prefetched();
  for (let run = 1; run <= 3; run += 1) await look();
  expect(await ends()).toMatchObject([{ outcome: 'cached' }]);
  expect(await house.create(image)).toMatchObject({ decision: { outcome: 'hit' } });
  expect(house.backend().objects.size).toBe(2);
});
