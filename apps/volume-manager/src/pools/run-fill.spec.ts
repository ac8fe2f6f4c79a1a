import { type ImageCacheCommand, imageCacheDecider } from '@hearth/domain';
import { runCommand } from '@hearth/event-sourcing';
import type { Generation } from '@hearth/kernel';
import { eventually } from '@hearth/testing';
import { TestHouse } from '../testing/test-house';

let house: TestHouse;
beforeEach(async () => (house = await TestHouse.open()));
afterEach(() => house.close());

const generation = 1 as Generation;
/** As another process does that takes us for dead. */
const elsewhere = (command: ImageCacheCommand) =>
  runCommand(house.environment, imageCacheDecider, { category: 'image-cache', id: house.pools[0]! }, command);

test('P14: a fill that was given up while it ran makes nothing servable and leaves nothing behind', async () => {
  const image = house.images.add();
  house.images.hold();
  const id = await house.request(image);
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(() => house.images.underWay === 1);
  const failure = { code: 'image.copy_failed', reason: 'its process was taken for dead' } as const;
  await elsewhere({ do: 'FailFill', generation, failure, transient: true });
  await elsewhere({ do: 'RecordReaped', generation });
  house.images.release();
  await house.pump.settle();
  expect(await house.volume(id)).toMatchObject({ status: 'available', decision: { entry: { generation: 2 } } });
  const { entries } = await house.cache();
  expect([...entries.values()]).toMatchObject([{ generation: 2, status: 'ready' }]);
  expect(house.backend().objects.size).toBe(2);
  expect(house.log.lines.map(({ message }) => message)).toContain('a fill came too late: it had been given up');
});

test('P4: an image-volume that was completed and retired without our knowledge stays while something clones it', async () => {
  const image = house.images.add();
  house.images.hold();
  const id = await house.request(image);
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(() => house.images.underWay === 1);
  const created = {
    generation,
    digest: null,
    verifiedBy: 'none',
    bytesDownloaded: 0,
    bytesWritten: 0,
    durationsMs: {},
  } as const;
  await elsewhere({ do: 'CompleteFill', created });
  await elsewhere({ do: 'RetireEntry', generation, reason: 'lost' });
  house.images.release();
  await house.pump.settle();
  expect(await house.volume(id)).toMatchObject({ status: 'available', decision: { entry: { generation } } });
  expect(await house.cacheCounts()).toMatchObject({ 'fill-started': 1, miss: 1, reaped: 1 });
  expect(house.backend().objects.size).toBe(1);
});

test('a fill that a dead process began is given up by the chores of the next, and begun again', async () => {
  const image = house.images.add();
  house.images.hold();
  const id = await house.request(image);
  await house.pump.deliver();
  await house.pump.deliver();
  await eventually(() => house.images.underWay === 1);
  const dead = house.manager;
  Object.assign(house.mortal, { dead: true });
  house.images.release();
  await house.boot();
  await house.pump.settle();
  await dead.close();
  expect(await house.volume(id)).toMatchObject({ status: 'available', decision: { outcome: 'miss' } });
  expect(await house.cacheCounts()).toMatchObject({ 'fill-started': 2, 'fill-failed': 1, create: 1, reaped: 1 });
});
