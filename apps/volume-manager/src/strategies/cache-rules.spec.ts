import { defaultCacheRules, type InternalQuotaAnswer, type InternalQuotaQuestion } from '@hearth/contracts';
import { type ImageCacheCommand, imageCacheDecider } from '@hearth/domain';
import { runCommand } from '@hearth/event-sourcing';
import type { ProjectId, UserId } from '@hearth/kernel';
import { TestHouse } from '../testing/test-house';
import type { TestHouseOptions } from '../testing/test-house.options';

let house: TestHouse;
type Options = NonNullable<TestHouseOptions['backends']>[string];
const open = async (fast: Options = {}, more: TestHouseOptions = {}) =>
  (house = await TestHouse.open({ backends: { fast }, ...more }));
afterEach(() => house.close());

const by = { userId: 'admin' as UserId, projectId: 'admin' as ProjectId, requestId: null };
const steer = (command: ImageCacheCommand) =>
  runCommand(house.environment, imageCacheDecider, { category: 'image-cache', id: house.pools[0]! }, command);
const decision = async (...of: Parameters<TestHouse['create']>) => {
  const volume = await house.create(...of);
  if (volume.status !== 'provisioned') throw new Error(`the volume is ${JSON.stringify(volume)}`);
  return volume.decision;
};
const bypass = (reason: string) => ({
  ...{ outcome: 'bypass', strategy: 'download', reason },
  declined: [{ strategy: 'cache', reason }],
});

describe('a configured clone limit', () => {
  test('I.30: opens a successor in place before the driver has to say so', async () => {
    await open({ image_volume_cache_clone_limit: 2 });
    const image = house.images.add();
    const generations = [];
    for (let create = 1; create <= 5; create += 1) generations.push((await decision(image))?.entry?.generation);
    expect(generations).toEqual([1, 1, 2, 2, 3]);
    expect(await house.cacheCounts()).toMatchObject({ miss: 3, hit: 2, evict: 2 });
  });
});

describe('admission by the second request', () => {
  test('I.53: the first is downloaded with the reason, the second makes the entry', async () => {
    await open({ image_volume_cache_admission: 'second-request' });
    const image = house.images.add();
    expect(await decision(image)).toMatchObject(bypass('not-admitted'));
    expect(await decision(image)).toMatchObject({ outcome: 'miss' });
    expect(await decision(image)).toMatchObject({ outcome: 'hit' });
    expect(house.images.downloads).toHaveLength(2);
  });
});

test('what holds is reported as a fact, with every rule in it', async () => {
  await open({ image_volume_cache_policy: 'sieve', image_volume_cache_ttl_seconds: 60 });
  const reported: unknown[] = [];
  for await (const { events } of house.store.read({ category: 'service', id: 'store-01@fast' }))
    reported.push(...events);
  expect(reported).toMatchObject([
    {
      type: 'CacheSettingsReported',
      data: { cache: { ...defaultCacheRules, state: 'enabled', policy: 'sieve', ttlSeconds: 60 } },
    },
  ]);
});

describe('limits', () => {
  test('I.40: a part of the pool is a limit', async () => {
    await open({ image_volume_cache_max_percent: 0.2 });
    const [one, two, three] = [house.images.add(), house.images.add(), house.images.add()];
    for (const image of [one, two, three]) await decision(image);
    expect((await house.cache()).usage).toEqual({ sizeGib: 2, count: 2 });
    expect(await decision(house.images.add({ virtualGib: 3 }), 4)).toMatchObject(bypass('larger-than-cache'));
  });

  test('a project keeps to its share and gives up its own', async () => {
    await open({ image_volume_cache_max_count: 4, image_volume_cache_project_share_percent: 50 });
    for (let image = 1; image <= 4; image += 1) await decision(house.images.add());
    expect((await house.cache()).usage.count).toBe(2);
  });
});

describe('a cache that is switched off', () => {
  test.each(['stay', 'drain'] as const)('serves nobody and makes nothing; entries %s', async (ready) => {
    await open();
    const image = house.images.add();
    await decision(image);
    await steer({ do: 'SwitchOff', ready, by, at: house.environment.now() });
    await house.manager.react({ kind: 'pool', id: house.pools[0]! }, new AbortController().signal);
    expect(await decision(image)).toMatchObject(bypass('switched-off'));
    expect(await decision(house.images.add())).toMatchObject(bypass('switched-off'));
    await house.pump.settle();
    expect((await house.cache()).usage.count).toBe(ready === 'stay' ? 1 : 0);
    await steer({ do: 'SwitchOn', by, at: house.environment.now() });
    expect(await decision(image)).toMatchObject({ outcome: ready === 'stay' ? 'hit' : 'miss' });
  });
});

describe('the image behind an entry', () => {
  test('I.36: one that is deactivated suspends it: no clone and no download; active again it serves', async () => {
    await open();
    const image = house.images.add();
    await decision(image);
    await steer({ do: 'SuspendImage', imageId: image.id, cause: 'deactivated', at: house.environment.now() });
    house.images.statuses.set(image.id, 'deactivated');
    expect(await house.create(image)).toMatchObject({ status: 'error', failure: { code: 'image.not_found' } });
    house.images.statuses.clear();
    // Until the janitor has looked again it is downloaded.
    expect(await decision(image)).toMatchObject(bypass('suspended'));
    await steer({ do: 'ResumeImage', imageId: image.id, at: house.environment.now() });
    expect(await decision(image)).toMatchObject({ outcome: 'hit' });
  });

  test('one that is deleted is given up when the grace period is over', async () => {
    await open({ image_volume_cache_grace_seconds: 60 });
    const image = house.images.add();
    await decision(image);
    await steer({ do: 'SuspendImage', imageId: image.id, cause: 'deleted', at: house.environment.now() });
    const chores = () => house.manager.react({ kind: 'pool', id: house.pools[0]! }, new AbortController().signal);
    await chores();
    expect((await house.cache()).usage.count).toBe(1);
    house.nowMs += 61_000;
    await chores();
    expect((await house.cacheEvents()).filter(({ type }) => type === 'evict')).toMatchObject([
      { data: { reason: 'image-deleted' } },
    ]);
  });

  test('I.34: an edit of its record invalidates nothing', async () => {
    await open();
    const image = house.images.add();
    await decision(image);
    expect(await decision({ ...image, name: 'renamed', updatedAt: '2031-01-01T00:00:00Z' })).toMatchObject({
      outcome: 'hit',
    });
  });

  test('under public-or-owned an image that is shared with the project is downloaded, hit or not', async () => {
    await open({ image_volume_cache_image_access: 'public-or-owned' });
    const shared = house.images.add({ visibility: 'shared', owner: 'somebody' });
    expect(await decision(shared)).toMatchObject(bypass('image-not-public-or-owned'));
    expect(await decision(shared)).toMatchObject(bypass('image-not-public-or-owned'));
    const own = house.images.add({ visibility: 'private', owner: 'demo' });
    expect(await decision(own)).toMatchObject({ outcome: 'miss' });
    expect(await decision({ ...own, visibility: 'shared', owner: 'somebody' })).toMatchObject({ outcome: 'bypass' });
  });
});

describe('the internal project', () => {
  const over: InternalQuotaAnswer = { verdict: 'over', resource: 'volumes', limit: 1, inUse: 1 };

  test('I.31 · J.9: over its quota nothing is cached, the create succeeds with the reason, and that is told aloud', async () => {
    let answer: InternalQuotaAnswer = { verdict: 'within' };
    const asked: unknown[] = [];
    await open({}, { internalQuota: async (question) => (asked.push(question), answer) });
    const image = house.images.add();
    await decision(image);
    answer = over;
    expect(await decision(house.images.add({ virtualGib: 3 }), 4)).toMatchObject(bypass('internal-quota'));
    expect(asked).toEqual([
      { projectId: 'internal', sizeGib: 1, since: 0 },
      { projectId: 'internal', sizeGib: 3, since: expect.any(Number) },
    ]);
    expect(house.log.lines.at(-1)).toMatchObject({ level: expect.any(String) });
    expect(house.log.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { fields: { pool: house.pools[0], resource: 'volumes', limit: 1, inUse: 1 } },
    ]);
    // What is cached already takes nothing more.
    expect(await decision(image)).toMatchObject({ outcome: 'hit' });
    expect(asked).toHaveLength(2);
  });

  test('has no quota left in a full cache, and that replaces an entry all the same: what goes makes room for what comes', async () => {
    const asked: unknown[] = [];
    const internalQuota = async (question: InternalQuotaQuestion): Promise<InternalQuotaAnswer> => {
      asked.push(question.givesUp);
      const { entries } = await house.cache();
      const inUse = [...entries.values()].filter(({ status, reaped }) => status !== 'retired' || !reaped).length;
      return inUse + 1 - (question.givesUp?.volumes ?? 0) > 2 ? over : { verdict: 'within' };
    };
    await open({ image_volume_cache_max_count: 2 }, { internalQuota });
    for (let image = 0; image < 4; image += 1) {
      expect(await decision(house.images.add())).toMatchObject({ outcome: 'miss' });
      await house.pump.settle();
    }
    expect(asked).toEqual([undefined, undefined, { volumes: 1, gigabytes: 1 }, { volumes: 1, gigabytes: 1 }]);
    expect((await house.cache()).usage.count).toBe(2);
  });

  test('over its quota an entry at its clone limit gets no successor, and the create succeeds', async () => {
    await open({ image_volume_cache_clone_limit: 1 }, { internalQuota: async () => answers.shift() ?? over });
    const answers: InternalQuotaAnswer[] = [{ verdict: 'within' }];
    const image = house.images.add();
    await decision(image);
    expect(await decision(image)).toMatchObject(bypass('internal-quota'));
  });

  test('what others have decided meanwhile begins no fill of which the quota was not asked', async () => {
    let answer: InternalQuotaAnswer = { verdict: 'within' };
    await open({}, { internalQuota: async () => answer });
    const at = house.environment.now();
    await steer({ do: 'SwitchOff', ready: 'stay', by, at });
    const image = house.images.add();
    expect(await decision(image)).toMatchObject(bypass('switched-off'));
    answer = over;
    await steer({ do: 'SwitchOn', by, at });
    expect(await decision(image)).toMatchObject(bypass('internal-quota'));
    expect(await house.cacheCounts()).not.toHaveProperty('fill-started');
  });

  test('unset, the cache is misconfigured and volumes are made', async () => {
    await open({ cinder_internal_tenant_user_id: undefined });
    expect(await decision(house.images.add())).toMatchObject(bypass('cache-misconfigured'));
    expect(house.manager.check()).toMatchObject({ caches: { [`store-01@fast`]: 'misconfigured' } });
  });
});
