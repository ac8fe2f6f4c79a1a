import { type ImageCacheCommand, type VolumeCommand, imageCacheDecider, volumeDecider } from '@hearth/domain';
import { StoreUnavailableError, runCommand, wasRefused } from '@hearth/event-sourcing';
import type { PoolRef, UserId, VolumeId } from '@hearth/kernel';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';

let house: TestHouse;
let flaky: FlakyDriver;
let pool: PoolRef;
beforeEach(async () => {
  flaky = new FlakyDriver();
  house = await TestHouse.open({ wrap: (_, driver) => flaky.wrap(driver) });
  [pool] = house.pools as [PoolRef];
});
afterEach(() => house.close());

async function tell(id: VolumeId, command: VolumeCommand): Promise<void> {
  const answer = await runCommand(house.environment, volumeDecider, { category: 'volume', id }, command);
  if (wasRefused(answer)) throw new Error(`refused: ${answer.refused}`);
}
const steer = (command: ImageCacheCommand) =>
  runCommand(house.environment, imageCacheDecider, { category: 'image-cache', id: pool }, command);
const nudge = (id: VolumeId) => house.manager.react({ kind: 'volume', id }, new AbortController().signal);
const filling = async () => [...(await house.cache()).entries.values()].filter(({ status }) => status === 'filling');

/** A create whose fill has begun, and which waits to be nudged again. */
async function interrupted(image = house.images.add()) {
  house.images.fail(new StoreUnavailableError('the log was away for a moment'));
  const id = await house.request(image);
  await tell(id, { do: 'RecordPlacement', pool, availabilityZone: 'nova', rejected: [] });
  await expect(nudge(id)).rejects.toThrow(StoreUnavailableError);
  expect(await filling()).toHaveLength(1);
  return { id, image };
}

describe.each([
  ['deleted', { do: 'DeleteVolume', userId: 'alice' as UserId, force: true }],
  ['reset', { do: 'ResetStatus', status: 'error' }],
] as const)('a fill whose volume is %s while it waits for another try', (_, command) => {
  test('is given up with it: later creates of the image are not left waiting', async () => {
    const { id, image } = await interrupted();
    await tell(id, command);
    await nudge(id);
    expect(await filling()).toEqual([]);
    expect(await house.create(image)).toMatchObject({ status: 'provisioned', decision: { outcome: 'miss' } });
  });

  test('is given up by the chores where nobody nudges the volume', async () => {
    const { id, image } = await interrupted();
    await tell(id, command);
    await house.manager.react({ kind: 'pool', id: pool }, new AbortController().signal);
    expect(await filling()).toEqual([]);
    expect(await house.create(image)).toMatchObject({ status: 'provisioned' });
  });
});

test('a fill that waits for another try is left to its create by the chores', async () => {
  const { id } = await interrupted();
  await house.manager.react({ kind: 'pool', id: pool }, new AbortController().signal);
  expect(await filling()).toHaveLength(1);
  await nudge(id);
  expect(await house.volume(id)).toMatchObject({ status: 'provisioned', decision: { entry: { generation: 1 } } });
});

test('a create that gives the cache up leaves no fill behind that nobody runs', async () => {
  const image = house.images.add();
  flaky.fail('clone', ...Array<'clone-limit'>(4).fill('clone-limit'));
  expect(await house.create(image)).toMatchObject({ decision: { outcome: 'bypass', reason: 'no-usable-copy' } });
  expect(await filling()).toEqual([]);
  expect(await house.create(image)).toMatchObject({ status: 'provisioned', decision: { outcome: 'miss' } });
});

test('a volume that is deleted while others wait for its fill fails none of them', async () => {
  const { id, image } = await interrupted();
  const joiner = await house.request(image);
  await house.pump.deliver();
  await house.pump.deliver();
  await steer({ do: 'ReturnLease', volumeId: id, reason: 'it is given up' });
  await tell(id, { do: 'DeleteVolume', userId: 'alice' as UserId, force: true });
  await house.pump.settle();
  expect(await house.volume(joiner)).toMatchObject({ status: 'provisioned' });
});
