import { type VolumeCommand, volumeDecider } from '@hearth/domain';
import { type EventStore, StoreUnavailableError, runCommand } from '@hearth/event-sourcing';
import { unreliableStore } from '@hearth/event-sourcing/testing';
import type { PoolRef, VolumeId } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';
import { KnownVolume } from './known-volume';

let house: TestHouse;
let flaky: FlakyDriver;
const alive = new AbortController().signal;
const nudge = (id: string) => house.manager.react({ kind: 'volume', id }, alive);

beforeEach(async () => {
  flaky = new FlakyDriver();
  house = await TestHouse.open({
    backends: { fast: {}, slow: {} },
    wrap: (name, driver) => (name === 'fast' ? flaky.wrap(driver) : driver),
  });
});
afterEach(() => house.close());

async function placed(image: Parameters<TestHouse['request']>[0], pool: PoolRef = house.pools[0]!): Promise<VolumeId> {
  const id = await house.request(image);
  const command: VolumeCommand = { do: 'RecordPlacement', pool, availabilityZone: 'nova', rejected: [] };
  await runCommand(house.environment, volumeDecider, { category: 'volume', id }, command);
  return id;
}

describe('a blank volume', () => {
  test('is made with the size asked for, not bootable, without a decision', async () => {
    expect(await house.create(null, 3)).toMatchObject({
      status: 'provisioned',
      details: { bootable: false },
      decision: null,
    });
    expect([...house.backend().objects.values()]).toMatchObject([{ sizeGib: 3 }]);
  });

  test('that the backend has no room for goes to another pool', async () => {
    flaky.fail('createBlank', 'full');
    expect(await house.create(null)).toMatchObject({ status: 'provisioned', pool: house.pools[1] });
    expect(house.backend('slow').objects.size).toBe(1);
  });
});

describe('a nudge', () => {
  test('that comes twice changes nothing the second time', async () => {
    const id = await placed(house.images.add());
    await nudge(id);
    const events = await house.store.lastSequence();
    await nudge(id);
    expect(await house.store.lastSequence()).toBe(events);
  });

  test('that comes many times at once does the work once', async () => {
    const image = house.images.add();
    const id = await placed(image);
    await Promise.all(Array.from({ length: 10 }, () => nudge(id)));
    expect(await house.volume(id)).toMatchObject({ status: 'provisioned' });
    expect(house.images.downloads).toHaveLength(1);
    expect(flaky.calls.filter((call) => call === 'clone')).toHaveLength(1);
    expect(await house.cacheCounts()).toMatchObject({ miss: 1 });
  });

  test('for a volume that is long gone is passed over', async () => {
    const id = await house.request(null);
    await house.pump.settle();
    await house.requestDeletion(id);
    await house.pump.settle();
    const events = await house.store.lastSequence();
    await nudge(id);
    expect(await house.store.lastSequence()).toBe(events);
  });

  test('for a volume of another host touches no backend', async () => {
    const id = await placed(house.images.add(), 'store-02@fast#here' as PoolRef);
    await nudge(id);
    expect(await house.volume(id)).toMatchObject({ status: 'placed' });
    expect(house.images.downloads).toEqual([]);
    expect(house.backend().objects.size).toBe(0);
  });

  test('for a pool of this host that is not open is kept for later', async () => {
    const id = await placed(null, 'store-01@fast#elsewhere' as PoolRef);
    await expect(nudge(id)).rejects.toThrow(/store-01@fast#elsewhere is not open on this host/);
  });

  test('that names no volume is passed over with a warning', async () => {
    await nudge('not-a-uuid');
    expect(house.log.lines.at(-1)).toMatchObject({ level: 'warn', fields: { id: 'not-a-uuid' } });
  });

  test('for a volume that nobody ever asked for is passed over', async () => {
    await nudge(randomUUID());
    expect(await house.store.lastSequence()).toBe(2);
  });
});

describe('P7: a volume on a backend that is no longer configured', () => {
  const gone = 'store-01@gone#here' as PoolRef;

  test.each(['blank', 'image'])('is made elsewhere: %s', async (kind) => {
    const id = await placed(kind === 'image' ? house.images.add() : null, gone);
    await nudge(id);
    expect(await house.volume(id)).toMatchObject({ status: 'requested', tried: [gone] });
    await house.pump.settle();
    expect(await house.volume(id)).toMatchObject({ status: 'provisioned', pool: house.pools[0] });
  });

  test('and is to be deleted ends in error_deleting with the reason', async () => {
    const id = await placed(null, gone);
    const record = (command: VolumeCommand) =>
      runCommand(house.environment, volumeDecider, { category: 'volume', id }, command);
    await record({ do: 'RecordProvisioned', pool: gone, bootable: false, imageMetadata: {}, decision: null });
    await house.requestDeletion(id);
    await nudge(id);
    expect(await house.volume(id)).toMatchObject({
      status: 'error-deleting',
      failure: { detail: expect.stringContaining('names no backend gone') },
    });
  });
});

describe('deleting', () => {
  test('removes the object and says so; the copy in the cache stays', async () => {
    const image = house.images.add();
    const id = await house.request(image);
    await house.pump.settle();
    await house.requestDeletion(id);
    await house.pump.settle();
    expect(await house.volume(id)).toMatchObject({ status: 'deleted' });
    expect(house.backend().objects.size).toBe(1);
    expect(await house.create(image)).toMatchObject({ decision: { outcome: 'hit' } });
  });

  test('that the backend refuses ends in error_deleting with the reason, and may be asked for again', async () => {
    const id = await house.request(null);
    await house.pump.settle();
    flaky.fail('remove', 'busy', 'busy', 'busy');
    await house.requestDeletion(id);
    await house.pump.settle();
    expect(await house.volume(id)).toMatchObject({
      status: 'error-deleting',
      failure: { code: 'backend.failed', detail: expect.stringContaining('busy') },
    });
    await house.requestDeletion(id);
    await house.pump.settle();
    expect(await house.volume(id)).toMatchObject({ status: 'deleted' });
  });

  test('while the backend is away is tried again until it is back', async () => {
    const id = await house.request(null);
    await house.pump.settle();
    flaky.fail('remove', 'unavailable', 'unavailable', 'unavailable');
    await house.requestDeletion(id);
    await house.pump.settle();
    expect(await house.volume(id)).toMatchObject({ status: 'deleted' });
  });
});

describe('P8: after a crash between the end of a create and the end of its claim', () => {
  /** Kills the process at the step after the volume's commit. */
  async function crashedAfterProvision(): Promise<VolumeId> {
    const image = house.images.add();
    await house.close();
    for (let steps = 1; ; steps += 1) {
      const next = await TestHouse.open({ lives: [steps] });
      const shelved = next.images.add({ id: image.id });
      const id = await next.request(shelved);
      while (next.deaths === 0 && (await next.pump.deliver())) await next.pump.idle();
      const types = (await next.cacheEvents()).map(({ type }) => type);
      const isThere = (await next.volume(id)).status === 'provisioned' && !types.includes('miss') && next.deaths === 1;
      house = next;
      if (isThere) return id;
      if (next.deaths === 0) throw new Error('no life ended between the two commits');
      await next.close();
    }
  }

  test('the chores give the pool its one miss', async () => {
    const id = await crashedAfterProvision();
    await house.manager.react({ kind: 'pool', id: house.pools[0]! }, alive);
    expect(await house.cacheCounts()).toMatchObject({ miss: 1 });
    expect((await house.cache()).claims.has(id)).toBe(false);
  });

  test('so does the next nudge', async () => {
    await nudge(await crashedAfterProvision());
    expect(await house.cacheCounts()).toMatchObject({ miss: 1 });
  });
});

test('a log that is away is no failure of the volume: the nudge is to be sent again', async () => {
  const id = await placed(null);
  let isAway = true;
  const store: EventStore = unreliableStore(house.store, () => (isAway ? 'lost' : 'done'));
  const known = await KnownVolume.read(store, id);
  const host = { ...house.environment, store, log: house.log } as never;
  const provisioned = {
    do: 'RecordProvisioned',
    pool: house.pools[0]!,
    bootable: false,
    imageMetadata: {},
    decision: null,
  } as const;
  await expect(known.record(host, provisioned)).rejects.toThrow(StoreUnavailableError);
  isAway = false;
  await known.record(host, provisioned);
  expect(known.state.status).toBe('provisioned');
});
