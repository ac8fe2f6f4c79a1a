import { isRefusal } from '@hearth/kernel';
import { after, cached, decidedCache } from '../testing/decided-cache';
import type { ImageCacheCommand } from './image-cache.commands';
import { imageCacheDecider } from './image-cache.decide';
import { claim, complete, generationOf, minutesLater, settle, volumeOf } from './image-cache.examples';
import { claimOf, entryOf } from './image-cache.state';

describe('I.30: the clone limit of an entry', () => {
  const limited = (volume: number) => claim(volume, 1, { cloneLimit: 2 });
  const twoClones = [...cached(1, 1), limited(2), settle(2)];
  test('is not met by the clones that it bears', () =>
    after(...cached(1, 1))
      .when(limited(2))
      .thenTypes('leased'));
  test('I.4 · J.i: opens a successor in place: the create that meets it fills that, and the full entry stays for its dependants', () => {
    const met = after(...twoClones).when(limited(3));
    met.then(
      expect.objectContaining({ data: expect.objectContaining({ generation: 1, reason: 'clone-limit' }) as unknown }),
      expect.objectContaining({ data: expect.objectContaining({ generation: 2, successorOf: 1 }) as unknown }),
    );
    const { state } = after(...twoClones, limited(3), limited(4));
    expect(entryOf(state, generationOf(1))).toMatchObject({ status: 'retired', dependants: 2, reaped: false });
    expect(claimOf(state, volumeOf(4))).toMatchObject({ claim: { generation: 2, stage: 'waiting' } });
  });
  test('opens none where nobody has asked for its quota: nothing is decided', () => {
    const unasked = { ...limited(3), hasQuota: false };
    after(...twoClones)
      .when(unasked)
      .thenRefused('image-cache.over_quota');
    after(...cached(1, 1))
      .when({ ...limited(2), hasQuota: false })
      .thenTypes('leased');
    after().when(unasked).thenRefused('image-cache.over_quota');
  });
  test('counts clones that run', () =>
    after(...cached(1, 1), limited(2))
      .when(limited(3))
      .thenTypes('evict', 'fill-started'));
  test('counts anew from what the backend counted', () =>
    after(...twoClones, {
      do: 'CountDependants',
      counts: [{ generation: generationOf(1), count: 0 }],
      at: minutesLater(1),
    })
      .when(limited(3))
      .thenTypes('leased'));
  test('met by as many joiners as there are opens one successor after another, and all are served', () => {
    const volumes = Array.from({ length: 20 }, (_, at) => at + 1);
    let state = imageCacheDecider.initialState;
    const run = (command: ImageCacheCommand) => {
      const decision = imageCacheDecider.decide(command, state);
      if (isRefusal(decision)) throw new Error(decision.refused);
      state = decision.reduce(imageCacheDecider.evolve, state);
    };
    volumes.forEach((volume) => run(limited(volume)));
    const served = new Set<number>();
    for (let round = 0; served.size < volumes.length; round += 1) {
      if (round > volumes.length) throw new Error('somebody is never served');
      run(complete(state.generations));
      for (const volume of volumes.filter((each) => !served.has(each))) {
        run(limited(volume));
        if (claimOf(state, volumeOf(volume))?.claim.stage !== 'leased') continue;
        run(settle(volume));
        served.add(volume);
      }
    }
    expect([...state.entries.values()].map(({ dependants }) => dependants)).toEqual(Array(10).fill(2));
    expect(state.usage.count).toBe(1);
  });

  const supersede = (volume: number): ImageCacheCommand => ({
    ...claim(volume, 1),
    do: 'SupersedeEntry',
    generation: generationOf(1),
  });
  test('that only the driver knows retires the entry and begins the successor in one decision', () =>
    after(...cached(1, 1), claim(2, 1))
      .when(supersede(2))
      .thenTypes('evict', 'lease-ended', 'fill-started'));
  test('met by two at once: the second joins the fill that the first began', () =>
    after(...cached(1, 1), claim(2, 1), claim(3, 1), supersede(2))
      .when(supersede(3))
      .thenTypes('lease-ended', 'joined'));
  test('with no room for a successor gives the lease back, and the create hears why when it asks', () => {
    const limits = { maxSizeGib: 1, maxCount: 0 };
    const lowered = [...cached(1, 1), claim(2, 1), { ...supersede(2), limits } as ImageCacheCommand];
    expect(
      decidedCache(...lowered)
        .facts.slice(-2)
        .map(({ type }) => type),
    ).toEqual(['evict', 'lease-ended']);
    after(...lowered)
      .when(claim(2, 1, { limits }))
      .thenRefused('image-cache.larger_than_cache');
  });
  test('met by nobody who holds the entry starts nothing', () =>
    after(...cached(1, 1))
      .when(supersede(2))
      .thenTypes('evict'));
});

test('P1: a create that asks for another image than it holds begins no second fill of that', () =>
  after(claim(1, 1), claim(7, 1), complete(1), claim(2, 1), claim(3, 2))
    .when(claim(7, 2, { cloneLimit: 2 }))
    .thenTypes('evict', 'joined'));
