import { type ImageCacheCommand, type VolumeCommand, imageCacheDecider, volumeDecider } from '@hearth/domain';
import { runCommand, wasRefused } from '@hearth/event-sourcing';
import type { VolumeId } from '@hearth/kernel';
import { eventually } from '@hearth/testing';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';

let house: TestHouse;
let flaky: FlakyDriver;
beforeEach(async () => {
  flaky = new FlakyDriver();
  house = await TestHouse.open({ wrap: (_, driver) => flaky.wrap(driver) });
});
afterEach(() => house.close());

async function tell(id: VolumeId, command: VolumeCommand): Promise<void> {
  const answer = await runCommand(house.environment, volumeDecider, { category: 'volume', id }, command);
  if (wasRefused(answer)) throw new Error(`refused: ${answer.refused}`);
}
const steer = (command: ImageCacheCommand) =>
  runCommand(house.environment, imageCacheDecider, { category: 'image-cache', id: house.pools[0]! }, command);
const react = (kind: 'volume' | 'pool', id: string) => house.manager.react({ kind, id }, new AbortController().signal);

test('P4: a lease lasts as long as the clone of a reimage that an administrator has given up', async () => {
  const [first, other] = [house.images.add(), house.images.add()];
  await house.create(other);
  const id = await house.request(first);
  await house.pump.settle();
  await tell(id, { do: 'Reimage', image: other, reserved: false });
  flaky.calls.length = 0;
  flaky.hold('clone');
  const work = react('volume', id);
  await eventually(() => flaky.calls.includes('clone'));
  await tell(id, { do: 'ResetStatus', status: 'error' });
  await react('volume', id);
  const entry = [...(await house.cache()).entries.values()].find(({ imageId }) => imageId === other.id)!;
  expect(entry.leases).toBe(1);
  await steer({ do: 'RetireEntry', generation: entry.generation, reason: 'manual' });
  await react('pool', house.pools[0]!);
  expect(house.backend().objects.has(`volume-${entry.imageVolumeId}`)).toBe(true);
  flaky.release('clone');
  await work;
  await house.pump.settle();
  expect((await house.cache()).claims.size).toBe(0);
  expect(house.backend().objects.has(`volume-${entry.imageVolumeId}`)).toBe(false);
});
