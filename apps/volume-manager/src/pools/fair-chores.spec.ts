import type { ImageCacheEvent } from '@hearth/contracts';
import { type ImageCacheCommand, imageCacheDecider } from '@hearth/domain';
import { beginFill, claim, complete, generationOf, requestPrefetch, volumeOf } from '@hearth/domain/testing';
import { DriverError } from '@hearth/driver-api';
import { runCommand } from '@hearth/event-sourcing';
import { isRefusal } from '@hearth/kernel';
import { TestHouse } from '../testing/test-house';

/** More than one run of the chores takes. */
const retired = 520;
let house: TestHouse;
let stuck: (name: string) => boolean;
const tried = new Set<string>();
beforeEach(async () => {
  stuck = () => true;
  tried.clear();
  house = await TestHouse.open({
    wrap: (_, driver) => ({
      ...driver,
      remove: async (object) => {
        tried.add(object.name);
        if (stuck(object.name)) throw new DriverError('has-dependants', 'volumes depend on it');
        await driver.remove(object);
      },
    }),
  });
});
afterEach(() => house.close());

/** Stores what came of commands, in commits of a size that a log takes. */
async function happened(commands: readonly ImageCacheCommand[]): Promise<void> {
  const facts: ImageCacheEvent[] = [];
  let state = await house.cache();
  for (const command of commands) {
    const decision = imageCacheDecider.decide(command, state);
    if (isRefusal(decision)) throw new Error(decision.refused);
    facts.push(...decision);
    state = decision.reduce(imageCacheDecider.evolve, state);
  }
  let sequence = 0;
  for (let from = 0; from < facts.length; from += 90) {
    const answer = await house.store.append({ category: 'image-cache', id: house.pools[0]! }, sequence, {
      ...{ id: `commit-${from}`, recordedAt: house.environment.now(), traceparent: undefined },
      events: facts.slice(from, from + 90),
    });
    if (!('sequence' in answer)) throw new Error('the log had something else');
    ({ sequence } = answer);
  }
}
const oneRetired = (number: number): ImageCacheCommand[] => [
  beginFill(number, number),
  complete(number),
  { do: 'RetireEntry', generation: generationOf(number), reason: 'lru' },
];
const manyRetired = () => Array.from({ length: retired }, (_, index) => oneRetired(index + 1)).flat();
const run = () => house.manager.react({ kind: 'pool', id: house.pools[0]! }, new AbortController().signal);

test('image-volumes that cannot go yet hold up no prefetch, no claim, and none that can go', async () => {
  await happened([...manyRetired(), claim(600, 600), complete(retired + 1)]);
  const image = house.images.add();
  const prefetch = { ...requestPrefetch(1, 1), imageId: image.id };
  await runCommand(house.environment, imageCacheDecider, { category: 'image-cache', id: house.pools[0]! }, prefetch);
  await run();
  await house.manager.prefetched();
  // The volume that holds the claim is none that anybody knows.
  expect(await house.cacheCounts()).toMatchObject({ 'prefetch-ended': 1, 'lease-ended': 1 });
  expect((await house.cache()).claims.has(volumeOf(600))).toBe(false);
  await run();
  expect(tried.size).toBe(retired);
});
