import { reconcileAnswerSchema, type ReconcileReport } from '@hearth/contracts';
import { volumeDecider } from '@hearth/domain';
import { runCommand } from '@hearth/event-sourcing';
import type { VolumeId } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';
import type { TestHouseOptions } from '../testing/test-house.options';

let house: TestHouse;
let flaky: FlakyDriver;
const graceMs = 15 * 60_000;
const open = async (options: TestHouseOptions = {}) => {
  flaky = new FlakyDriver();
  house = await TestHouse.open({ wrap: (_, driver) => flaky.wrap(driver), ...options });
};
beforeEach(() => open());
afterEach(() => house.close());

async function look({ dryRun = false } = {}): Promise<ReconcileReport> {
  const answer = reconcileAnswerSchema.parse(await house.manager.reconcile({ pool: house.pools[0], dryRun }));
  if ('error' in answer) throw new Error(answer.error.reason);
  return answer.report;
}
const later = () => void (house.nowMs += graceMs);
const objects = () => [...house.backend().objects.keys()].sort();
const put = (name: string, sizeGib = 1) => {
  house.backend().objects.set(name, { sizeGib, isWhole: true, pages: new Map() });
  return name;
};
const nothing = {
  ...{ foreign: 0, orphans: 0, orphansRemoved: 0, ghosts: 0, ghostsEvicted: 0, sizes: 0, dependants: 0 },
};
const entry = async (generation = 1) => {
  const entries = [...(await house.cache()).entries.values()];
  return entries.find((one) => one.generation === generation)!;
};

test('where all is as the log says nothing is found, and nothing is recorded', async () => {
  const image = house.images.add();
  await house.create(image);
  await house.create(image);
  await house.create(null);
  const before = await house.cacheCounts();
  expect(await look()).toMatchObject({ totals: { ...nothing, objects: 4 }, dryRun: false });
  later();
  expect((await look()).totals).toEqual({ ...nothing, objects: 4 });
  expect(await house.cacheCounts()).toEqual(before);
});

describe('P14: an object that nobody owns any more', () => {
  /** A volume that was deleted, and whose object is there again: of a create that came to its end too late, say. */
  async function leftOver(): Promise<string> {
    const id = await house.request(null);
    await house.pump.settle();
    await house.requestDeletion(id);
    await house.pump.settle();
    expect((await house.volume(id)).status).toBe('deleted');
    return put(`volume-${id}`, 3);
  }

  test('was left on a pool that the create was moved from, which could not be cleared then', async () => {
    await house.close();
    await open({ backends: { fast: {}, slow: {} } });
    const id = await house.request(house.images.add());
    house.images.fail('backend.full');
    await house.pump.settle();
    const name = put(`volume-${id}`, 3);
    expect(await house.volume(id)).toMatchObject({ status: 'provisioned', pool: house.pools[1] });
    expect((await look()).orphans).toEqual([]);
    await house.requestDeletion(id);
    await house.pump.settle();
    put(name, 3);
    later();
    expect((await look()).orphans).toEqual([{ objectName: name, sizeGib: 3, was: 'volume', state: 'waiting' }]);
  });

  test('goes at a second look, when its grace period is over, with a fact', async () => {
    const name = await leftOver();
    expect((await look()).orphans).toEqual([{ objectName: name, sizeGib: 3, was: 'volume', state: 'waiting' }]);
    house.nowMs += graceMs - 1;
    expect((await look()).orphans).toMatchObject([{ state: 'waiting' }]);
    house.nowMs += 1;
    expect(await look()).toMatchObject({ orphans: [{ state: 'removed' }], totals: { orphansRemoved: 1 } });
    expect(objects()).toEqual([]);
    expect((await house.cacheEvents()).at(-1)).toMatchObject({
      type: 'orphan-removed',
      data: { objectName: name, sizeGib: 3 },
    });
    expect((await look()).totals.orphans).toBe(0);
  });

  test('an image-volume of an entry that is long gone is one too', async () => {
    const image = house.images.add();
    await house.create(image);
    const { imageVolumeId } = await entry();
    flaky.fail('clone', 'clone-limit');
    await house.create(image);
    await house.pump.settle();
    expect((await house.cache()).entries.size).toBe(1);
    const name = put(`volume-${imageVolumeId}`);
    await look();
    later();
    expect((await look()).orphans).toEqual([{ objectName: name, sizeGib: 1, was: 'image-volume', state: 'removed' }]);
  });

  test('a dry run tells what would be done, and does nothing, nor counts as a look', async () => {
    const name = await leftOver();
    expect((await look({ dryRun: true })).orphans).toMatchObject([{ state: 'waiting' }]);
    later();
    expect((await look({ dryRun: true })).orphans).toMatchObject([{ state: 'waiting' }]);
    await look();
    later();
    expect((await look({ dryRun: true })).orphans).toMatchObject([{ objectName: name, state: 'removed' }]);
    expect(objects()).toEqual([name]);
    expect(await house.cacheCounts()).not.toHaveProperty('orphan-removed');
  });

  test('one that the backend does not let go of stays, and is told', async () => {
    const name = await leftOver();
    await look();
    later();
    flaky.fail('remove', 'has-dependants');
    expect((await look()).orphans).toMatchObject([{ objectName: name, state: 'failed' }]);
    expect(await house.cacheCounts()).not.toHaveProperty('orphan-removed');
    expect((await look()).orphans).toMatchObject([{ state: 'removed' }]);
  });

  test('one that is gone and comes back has its grace period anew', async () => {
    const name = await leftOver();
    await look();
    house.backend().objects.delete(name);
    later();
    await look();
    put(name);
    expect((await look()).orphans).toMatchObject([{ state: 'waiting' }]);
  });
});

describe('what the log never knew, or let go of, is left alone', () => {
  test('a name of nobody’s, whatever it looks like', async () => {
    const names = [put(`volume-${randomUUID()}`), put('volume-of-somebody')].sort();
    for (let round = 1; round <= 3; round += 1) {
      expect((await look()).totals).toEqual({ ...nothing, objects: 2, foreign: 2 });
      later();
    }
    expect(objects()).toEqual(names);
  });

  test('the object of a volume that was unmanaged', async () => {
    const id = await house.request(null);
    await house.pump.settle();
    await runCommand(house.environment, volumeDecider, { category: 'volume', id }, { do: 'Unmanage' });
    expect((await house.volume(id)).status).toBe('deleted');
    for (let round = 1; round <= 3; round += 1) {
      expect((await look()).totals).toMatchObject({ orphans: 0, foreign: 1 });
      later();
    }
    expect(objects()).toEqual([`volume-${id}`]);
  });

  test('what is being made: a fill, and a create', async () => {
    const image = house.images.add();
    house.images.hold();
    await house.request(image);
    await house.pump.deliver();
    await house.pump.deliver();
    await new Promise((resolve) => setImmediate(resolve));
    for (let round = 1; round <= 3; round += 1) {
      expect((await look()).totals).toMatchObject({ orphans: 0, ghosts: 0 });
      later();
    }
    house.images.release();
    await house.pump.settle();
    expect(objects()).toHaveLength(2);
  });
});

describe('P14: an entry whose object is gone', () => {
  test('is evicted as lost, and made anew by the next create', async () => {
    const image = house.images.add();
    await house.create(image);
    const { imageVolumeId } = await entry();
    house.backend().objects.delete(`volume-${imageVolumeId}`);
    expect((await look({ dryRun: true })).ghosts).toMatchObject([{ generation: 1, state: 'evicted' }]);
    expect(await house.cacheCounts()).not.toHaveProperty('evict');
    expect(await look()).toMatchObject({
      ghosts: [{ generation: 1, imageId: image.id, imageVolumeId, state: 'evicted' }],
      totals: { ghosts: 1, ghostsEvicted: 1 },
    });
    expect((await house.cacheEvents()).filter(({ type }) => type === 'evict')).toMatchObject([
      { data: { reason: 'lost' } },
    ]);
    expect(await house.create(image)).toMatchObject({ decision: { outcome: 'miss' } });
  });

  test('a place where nothing is left at all is believed at the second look only: it may be another one', async () => {
    await house.create(house.images.add());
    house.backend().objects.clear();
    expect((await look()).ghosts).toMatchObject([{ state: 'waiting' }]);
    later();
    expect((await look()).ghosts).toMatchObject([{ state: 'evicted' }]);
  });

  test('a list that leaves one out is not believed: it is asked for by name', async () => {
    await house.create(house.images.add());
    const { imageVolumeId } = await entry();
    const listed = jest.spyOn(house.backend().objects, Symbol.iterator);
    listed.mockImplementationOnce(function* () {
      for (const [name, object] of house.backend().objects.entries()) {
        if (!name.endsWith(imageVolumeId)) yield [name, object] as const;
      }
    } as never);
    expect((await look()).totals).toMatchObject({ ghosts: 0 });
    listed.mockRestore();
  });
});

test('an image-volume of another size than was recorded is counted with its own, and told', async () => {
  const image = house.images.add();
  await house.create(image);
  const { imageVolumeId } = await entry();
  put(`volume-${imageVolumeId}`, 4);
  expect((await look()).sizes).toEqual([{ generation: 1, imageVolumeId, sizeGib: 4, wasGib: 1 }]);
  expect((await house.cacheEvents()).at(-1)).toMatchObject({ type: 'size-corrected', data: { sizeGib: 4, wasGib: 1 } });
  expect((await house.cache()).usage.sizeGib).toBe(4);
  expect((await look()).sizes).toEqual([]);
});

test('volumes that depend on an entry are counted anew when some are gone', async () => {
  const image = house.images.add();
  const ids: VolumeId[] = [];
  for (let made = 1; made <= 3; made += 1) {
    const id = await house.request(image);
    await house.pump.settle();
    ids.push(id);
  }
  expect((await entry()).dependants).toBe(3);
  await house.requestDeletion(ids[0]!);
  await house.pump.settle();
  expect((await look()).dependants).toEqual([{ generation: 1, count: 2, was: 3 }]);
  expect((await entry()).dependants).toBe(2);
  await house.create(image);
  expect((await entry()).dependants).toBe(3);
  expect((await look()).dependants).toEqual([]);
});

describe('who asks wrongly, or at a wrong time, hears why', () => {
  test.each([[undefined], [{}], [{ pool: 'no pool', dryRun: true }], [{ pool: 'a@b#c' }]])('%j', async (request) =>
    expect(await house.manager.reconcile(request)).toMatchObject({ error: { code: 'failed' } }),
  );

  test('a pool of another host', async () =>
    expect(await house.manager.reconcile({ pool: 'other@fast#here', dryRun: true })).toMatchObject({
      error: { code: 'unknown-pool' },
    }));

  test('P11: while nobody vouches for the log, what it does not know proves nothing', async () => {
    await house.close();
    const gate = { isOpen: true };
    await open({ gate });
    await house.create(house.images.add());
    gate.isOpen = false;
    expect(await house.manager.reconcile({ pool: house.pools[0], dryRun: false })).toMatchObject({
      error: { code: 'unavailable' },
    });
  });
});

test('two looks at a time are one', async () => {
  await house.create(house.images.add());
  const [one, other] = await Promise.all([look(), look()]);
  expect(one).toEqual(other);
});
