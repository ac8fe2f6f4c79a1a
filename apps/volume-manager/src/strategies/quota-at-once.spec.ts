import type { InternalQuotaAnswer, InternalQuotaQuestion } from '@hearth/contracts';
import { imageCacheDecider, type VolumeCommand } from '@hearth/domain';
import { runCommand } from '@hearth/event-sourcing';
import type { ProjectId, UserId } from '@hearth/kernel';
import { eventually } from '@hearth/testing';
import { TestHouse } from '../testing/test-house';
import type { TestHouseOptions } from '../testing/test-house.options';
import { upload, volumeWork } from '../testing/volume-work';

let house: TestHouse;
afterEach(() => house.close());
const { tell, made } = volumeWork(() => house);

type Options = NonNullable<TestHouseOptions['backends']>;
let asked: InternalQuotaQuestion[];
/** Until then the api thinks about it. */
let thought: Promise<void>;
/** An api whose tables follow the log only as far as somebody waits for them. */
async function open(volumesMax: number, backends: Options = { fast: {} }): Promise<void> {
  asked = [];
  thought = Promise.resolve();
  const internalQuota = async (question: InternalQuotaQuestion): Promise<InternalQuotaAnswer> => {
    asked.push(question);
    const there = new Set<string>();
    for (const id of house.pools) {
      for await (const { sequence, events } of house.store.read({ category: 'image-cache', id })) {
        if (sequence > (question.since ?? 0)) break;
        for (const { type, data } of events) {
          if (type === 'fill-started') there.add(`${id} ${data.generation}`);
          if (type === 'reaped') there.delete(`${id} ${data.generation}`);
        }
      }
    }
    await thought;
    await new Promise((resolve) => setImmediate(resolve));
    const limit = { resource: 'volumes', limit: volumesMax, inUse: there.size } as const;
    return there.size + 1 - (question.givesUp?.volumes ?? 0) > volumesMax
      ? { verdict: 'over', ...limit }
      : { verdict: 'within' };
  };
  house = await TestHouse.open({ backends, internalQuota });
}

const outcomes = (ids: Awaited<ReturnType<TestHouse['request']>>[]) =>
  Promise.all(
    ids.map(async (id) => {
      const volume = await house.volume(id);
      return volume.status === 'provisioned' ? volume.decision?.outcome : volume.status;
    }),
  );
const filled = async (pool = house.pools[0]!) => (await house.cacheCounts(pool))['fill-started'] ?? 0;

test('creates of several cold images at once begin as many fills as the quota allows; the others succeed', async () => {
  await open(1);
  const ids = [];
  for (let image = 0; image < 3; image += 1) ids.push(await house.request(house.images.add()));
  await house.pump.settle();
  expect((await outcomes(ids)).sort()).toEqual(['bypass', 'bypass', 'miss']);
  expect(await filled()).toBe(1);
});

test('of many creates of one cold image one asks, and the others join', async () => {
  await open(1);
  const image = house.images.add();
  const ids = [];
  for (let volume = 0; volume < 20; volume += 1) ids.push(await house.request(image));
  await house.pump.settle();
  expect((await outcomes(ids)).filter((outcome) => outcome === 'bypass')).toEqual([]);
  expect(asked).toHaveLength(1);
});

/** Of three images in every pool. */
async function askForPrefetches(): Promise<void> {
  const by = { userId: 'admin' as UserId, projectId: 'admin' as ProjectId, requestId: null };
  const images = [house.images.add(), house.images.add(), house.images.add()];
  for (const id of house.pools) {
    for (const { id: imageId } of images) {
      const about = { imageId, by, at: house.environment.now(), deadline: null, pin: false };
      const command = { do: 'RequestPrefetch', prefetchId: house.environment.newId(), ...about } as const;
      await runCommand(house.environment, imageCacheDecider, { category: 'image-cache', id }, command);
    }
  }
}

test('prefetches at once, of all pools whose image-volumes belong to the project, keep to it', async () => {
  await open(3, { fast: {}, slow: {} });
  await askForPrefetches();
  const alive = new AbortController().signal;
  await Promise.all(house.pools.map((id) => house.manager.react({ kind: 'pool', id }, alive)));
  await house.manager.prefetched();
  const fills = await Promise.all(house.pools.map((pool) => filled(pool)));
  expect(fills.reduce((sum, count) => sum + count, 0)).toBe(3);
});

describe('a process that ends while fills wait for their turn', () => {
  let answer: () => void;
  beforeEach(async () => {
    await open(9);
    thought = new Promise((resolve) => (answer = resolve));
  });

  test('begins none of the prefetches that it would leave behind', async () => {
    await askForPrefetches();
    await house.manager.react({ kind: 'pool', id: house.pools[0]! }, new AbortController().signal);
    await eventually(() => asked.length === 1);
    const closed = house.manager.close();
    answer();
    await closed;
    expect([asked.length, await filled()]).toEqual([1, 0]);
  });

  test('begins none for the creates that it leaves to its successor', async () => {
    const ids = [];
    const placed: VolumeCommand = {
      do: 'RecordPlacement',
      pool: house.pools[0]!,
      availabilityZone: 'nova',
      rejected: [],
    };
    for (let image = 0; image < 3; image += 1) {
      const id = await house.request(house.images.add());
      await tell(id, placed);
      ids.push(id);
    }
    const alive = new AbortController();
    const creates = ids.map((id) => house.manager.react({ kind: 'volume', id }, alive.signal));
    await eventually(() => asked.length === 1);
    alive.abort(new Error('the process ends'));
    answer();
    const ends = (await Promise.allSettled(creates)).map(({ status }) => status);
    expect(ends).toEqual(['rejected', 'rejected', 'rejected']);
    expect([asked.length, await filled()]).toEqual([1, 0]);
  });
});

test('an upload replaces an entry of a full cache whose quota is taken up', async () => {
  await open(1, { fast: { image_volume_cache_max_count: 1 } });
  const id = await made();
  await house.create(house.images.add());
  const { id: imageId } = house.uploads.queue();
  await tell(id, upload({ imageId }));
  await house.pump.settle();
  expect(asked.at(-1)).toMatchObject({ givesUp: { volumes: 1, gigabytes: 1 } });
  expect([...(await house.cache()).entries.values()]).toMatchObject([{ status: 'ready', imageId }]);
});

test('the successor of an entry at its clone limit counts off what it replaces, and not that entry, which its clones keep', async () => {
  await open(3, { fast: { image_volume_cache_clone_limit: 1, image_volume_cache_max_count: 2 } });
  const [full, idle] = [house.images.add(), house.images.add()];
  await house.create(full);
  await house.create(idle);
  await house.create(full);
  expect(asked.map(({ givesUp }) => givesUp)).toEqual([undefined, undefined, undefined]);
});
