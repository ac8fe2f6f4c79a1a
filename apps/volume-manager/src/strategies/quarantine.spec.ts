import { type CacheEntry, imageCacheDecider } from '@hearth/domain';
import { runCommand } from '@hearth/event-sourcing';
import { eventually } from '@hearth/testing';
import { corruptCopy } from '../testing/corrupt-copy';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';

let house: TestHouse;
let flaky: FlakyDriver;
beforeEach(async () => {
  flaky = new FlakyDriver();
  house = await TestHouse.open({ wrap: (_, driver) => flaky.wrap(driver) });
});
afterEach(() => house.close());

const weekMs = 7 * 24 * 60 * 60 * 1000;
const clones = () => flaky.calls.filter((call) => call === 'clone').length;
const generationOf = async (id: Parameters<TestHouse['volume']>[0]) => {
  const volume = await house.volume(id);
  return 'decision' in volume ? volume.decision?.entry?.generation : undefined;
};

/** A copy that is due to be looked at and holds other bytes than were written. */
async function badCopy() {
  const image = house.images.add();
  await house.create(image);
  const entry: CacheEntry = [...(await house.cache()).entries.values()][0]!;
  house.nowMs += weekMs + 1000;
  corruptCopy(house, entry);
  return { image, expected: house.images.bytesOf(image.id) };
}

async function deliver(): Promise<void> {
  await house.pump.deliver();
  await house.pump.deliver();
}

test('P3: no create that holds a lease of a quarantined copy ends with its bytes, whether its clone was begun or waited', async () => {
  const { image, expected } = await badCopy();
  const before = clones();
  flaky.hold('clone');
  const ids = await Promise.all(Array.from({ length: 20 }, () => house.request(image)));
  await deliver();
  await eventually(() => clones() - before === 8, { what: 'as many clones as the driver bears' });
  await house.manager.scrub();
  expect(await house.cacheCounts()).toMatchObject({ 'verify-failed': 1 });
  flaky.release('clone');
  await house.pump.settle();
  for (const id of ids) {
    expect(await house.volume(id)).toMatchObject({ status: 'provisioned' });
    expect(await generationOf(id)).toBe(2);
    expect(house.bytesOf(id, image.sizeBytes).equals(expected)).toBe(true);
  }
  // Those that waited for their turn never cloned the bad copy: 8 did, and 20 cloned its successor.
  expect(clones() - before).toBe(28);
  expect((await house.cache()).claims.size).toBe(0);
  // Twenty volumes and the one before, and the new copy: the bad one is gone.
  expect(house.backend().objects.size).toBe(22);
});

test('P3: a clone that a process made before it died is no volume once its copy is quarantined', async () => {
  const { image, expected } = await badCopy();
  const id = await house.request(image);
  const store = house.store;
  const append = store.append.bind(store);
  // The process dies between its clone and the volume's commit.
  store.append = (stream, ...rest) => {
    if (stream.category === 'volume' && house.backend().objects.has(`volume-${id}`)) {
      Object.assign(house.mortal, { dead: true });
      return Promise.reject(new Error('the process is dead'));
    }
    return append(stream, ...rest);
  };
  await deliver();
  await eventually(() => house.deaths === 1, { what: 'the death of the process' });
  await house.boot();
  store.append = append;
  expect(house.bytesOf(id, image.sizeBytes).equals(expected)).toBe(false);
  await house.manager.scrub();
  expect(await house.cacheCounts()).toMatchObject({ 'verify-failed': 1 });
  await house.pump.settle();
  expect(await house.volume(id)).toMatchObject({ status: 'provisioned' });
  expect(await generationOf(id)).toBe(2);
  expect(house.bytesOf(id, image.sizeBytes).equals(expected)).toBe(true);
});

test('a copy that was retired for another reason is cloned by those who hold a lease of it', async () => {
  const image = house.images.add();
  await house.create(image);
  flaky.hold('clone');
  const id = await house.request(image);
  await deliver();
  await eventually(() => flaky.calls.filter((call) => call === 'clone').length === 2);
  const [entry] = (await house.cache()).entries.values();
  await runCommand(
    house.environment,
    imageCacheDecider,
    { category: 'image-cache', id: house.pools[0]! },
    { do: 'RetireEntry', generation: entry!.generation, reason: 'manual' },
  );
  await house.manager.react({ kind: 'pool', id: house.pools[0]! }, new AbortController().signal);
  flaky.release('clone');
  await house.pump.settle();
  expect(await house.volume(id)).toMatchObject({ decision: { outcome: 'hit', entry: { generation: 1 } } });
});
