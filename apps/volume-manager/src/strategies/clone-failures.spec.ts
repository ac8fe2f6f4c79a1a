import { imageCacheDecider } from '@hearth/domain';
import { runCommand } from '@hearth/event-sourcing';
import type { Generation } from '@hearth/kernel';
import { eventually } from '@hearth/testing';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';

let house: TestHouse;
let flaky: FlakyDriver;
beforeEach(async () => {
  flaky = new FlakyDriver();
  house = await TestHouse.open({
    backends: { fast: {}, slow: {} },
    wrap: (name, driver) => (name === 'fast' ? flaky.wrap(driver) : driver),
  });
});
afterEach(() => house.close());

test('a copy that is lost is retired, and filled anew for the create that found out', async () => {
  const image = house.images.add();
  await house.create(image);
  const [entry] = (await house.cache()).entries.values();
  house.backend().objects.delete(`volume-${entry!.imageVolumeId}`);
  expect(await house.create(image)).toMatchObject({ status: 'provisioned', decision: { outcome: 'miss' } });
  expect((await house.cacheEvents()).filter(({ type }) => type === 'evict')).toMatchObject([
    { data: { reason: 'lost' } },
  ]);
  expect(house.images.downloads).toHaveLength(2);
  expect(house.backend().objects.size).toBe(3);
});

test('a copy that can bear no more clones gets a successor, and goes when nothing needs it', async () => {
  const image = house.images.add();
  await house.create(image);
  flaky.fail('clone', 'clone-limit');
  expect(await house.create(image)).toMatchObject({
    status: 'provisioned',
    decision: { outcome: 'miss', entry: { generation: 2 } },
  });
  expect((await house.cacheEvents()).filter(({ type }) => type === 'evict')).toMatchObject([
    { data: { reason: 'clone-limit' } },
  ]);
  expect((await house.cache()).entries.size).toBe(1);
});

test('a copy that proves useless again and again is given up for a download', async () => {
  const image = house.images.add();
  flaky.fail('clone', ...Array<'clone-limit'>(20).fill('clone-limit'));
  expect(await house.create(image)).toMatchObject({
    status: 'provisioned',
    decision: { outcome: 'bypass', reason: 'no-usable-copy' },
  });
  expect((await house.cache()).claims.size).toBe(0);
  expect(await house.cacheCounts()).not.toHaveProperty('miss');
});

test.each([
  ['known', 2 ** 30],
  ['not known', null],
])(
  'a copy that its backend has made larger than its image fails no create whose volume takes the image: size %s',
  async (_, virtualSizeBytes) => {
    const image = house.images.add({ virtualSizeBytes });
    await house.create(image, 1);
    const stream = { category: 'image-cache', id: house.pools[0]! } as const;
    const corrected = {
      do: 'CorrectSize',
      generation: 1 as Generation,
      sizeGib: 2,
      at: house.environment.now(),
    } as const;
    await runCommand(house.environment, imageCacheDecider, stream, corrected);
    expect(await house.create(image, 1)).toMatchObject({
      status: 'provisioned',
      decision: { outcome: 'bypass', strategy: 'download', reason: 'copy-larger-than-volume' },
    });
  },
);

test('a full backend is not downloaded to: the create moves to another pool, and counts once', async () => {
  const image = house.images.add();
  await house.create(image);
  flaky.fail('clone', 'full');
  const volume = await house.create(image);
  expect(volume).toMatchObject({ status: 'provisioned', pool: house.pools[1], decision: { outcome: 'miss' } });
  expect(await house.cacheCounts()).toMatchObject({ miss: 1, 'lease-ended': 1 });
  expect(await house.cacheCounts()).not.toHaveProperty('hit');
  expect(await house.cacheCounts(house.pools[1])).toMatchObject({ miss: 1 });
  expect(house.images.downloads).toHaveLength(2);
});

test.each(['busy', 'failed', 'unavailable'] as const)(
  'after a clone that failed with %s the image is downloaded, and the copy stays for others',
  async (code) => {
    const image = house.images.add();
    await house.create(image);
    // What may pass is asked for again, twice.
    flaky.fail('clone', ...Array<typeof code>(code === 'failed' ? 1 : 3).fill(code));
    expect(await house.create(image)).toMatchObject({
      status: 'provisioned',
      decision: { outcome: 'bypass', strategy: 'download', declined: [{ strategy: 'cache', reason: 'clone-failed' }] },
    });
    expect(await house.create(image)).toMatchObject({ decision: { outcome: 'hit' } });
    const counts = await house.cacheCounts();
    expect(counts).toMatchObject({ miss: 1, hit: 1 });
  },
);

test('I.14: a source that is locked for a moment is asked again, and a clone has its size from the call that makes it', async () => {
  const image = house.images.add();
  await house.create(image);
  flaky.calls.length = 0;
  flaky.fail('clone', 'busy');
  const volume = await house.create(image, 9);
  expect(volume).toMatchObject({ status: 'provisioned', decision: { outcome: 'hit' }, details: { sizeGib: 9 } });
  expect(flaky.calls.filter((call) => call === 'clone' || call === 'extend')).toEqual(['clone', 'clone']);
});

test('I.4: whoever meets the clone limit gets a clone of a successor, which is begun in the same commit, in the same create', async () => {
  const image = house.images.add();
  await house.create(image);
  flaky.fail('clone', 'clone-limit');
  expect(await house.create(image)).toMatchObject({ status: 'provisioned', decision: { entry: { generation: 2 } } });
  const kinds: string[][] = [];
  for await (const { events } of house.store.read({ category: 'image-cache', id: house.pools[0]! })) {
    kinds.push(events.map(({ type }) => type));
  }
  expect(kinds).toContainEqual(['evict', 'lease-ended', 'fill-started']);
  expect(
    (await house.cacheEvents()).find(({ type, data }) => type === 'fill-started' && 'successorOf' in data),
  ).toMatchObject({
    data: { successorOf: 1 },
  });
});

test('I.4: twenty creates at the limit make one successor, and all succeed', async () => {
  const image = house.images.add();
  await house.create(image);
  flaky.fail('clone', ...Array<'clone-limit'>(5).fill('clone-limit'));
  flaky.hold('clone');
  const ids = await Promise.all(Array.from({ length: 20 }, () => house.request(image)));
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(() => flaky.calls.filter((call) => call === 'clone').length === 9, { what: 'eight clones at once' });
  flaky.release('clone');
  await house.pump.settle();
  for (const id of ids) expect((await house.volume(id)).status).toBe('provisioned');
  expect(house.images.downloads).toHaveLength(2);
});

test('a copy that nobody can clone is given up once, is not called corrupt, and not filled for ever', async () => {
  const image = house.images.add();
  await house.create(image);
  flaky.fail('clone', ...Array<'failed'>(20).fill('failed'));
  for (let create = 1; create <= 8; create += 1) {
    expect(await house.create(image)).toMatchObject({ status: 'provisioned' });
  }
  const evictions = (await house.cacheEvents()).filter(({ type }) => type === 'evict');
  expect(evictions).toMatchObject([{ data: { generation: 1, reason: 'clone-failed' } }]);
  expect((await house.cacheCounts())['fill-started']).toBe(2);
});

test('I.13: no more clones of one copy run at once than its driver can bear', async () => {
  const image = house.images.add();
  await house.create(image);
  flaky.atOnceMax.clear();
  flaky.hold('clone');
  await Promise.all(Array.from({ length: 30 }, () => house.request(image)));
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(() => flaky.atOnceMax.get('clone') === 8, { what: 'eight clones at once' });
  flaky.release('clone');
  await house.pump.settle();
  expect(flaky.atOnceMax.get('clone')).toBe(8);
});

test('P14 · I.17: a retired copy that the backend will not let go of is tried again by the next chores', async () => {
  const image = house.images.add();
  await house.create(image);
  flaky.fail('clone', 'clone-limit');
  flaky.fail('remove', 'has-dependants', 'busy');
  await house.create(image);
  await house.pump.settle();
  await house.pump.settle();
  expect((await house.cache()).entries.size).toBe(1);
  expect(await house.cacheCounts()).toMatchObject({ evict: 1, reaped: 1 });
  const stays = house.log.lines.filter(({ message }) => message === 'a retired image-volume stays for now');
  expect(stays.map(({ level }) => level)).toEqual(['info', 'warn']);
});
