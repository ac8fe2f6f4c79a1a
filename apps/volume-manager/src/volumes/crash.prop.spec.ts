import type { ImageIdentity } from '@hearth/contracts';
import { type ImageCache, imageCacheDecider } from '@hearth/domain';
import type { VolumeId } from '@hearth/kernel';
import fc from 'fast-check';
import { FlakyDriver } from '../testing/flaky-driver';
import { TestHouse } from '../testing/test-house';

/** What happens to a house, all of it at once, while its process dies again and again. */
interface Scenario {
  readonly images: number;
  /** Which image each create asks for; null for a blank volume. */
  readonly creates: readonly (number | null)[];
  /** Creates, by ordinal, whose volume is deleted when it is there. */
  readonly deletes: readonly number[];
  /** The first fetches that fail, transiently or for good. */
  readonly failures: readonly ('image.download_failed' | 'image.unacceptable')[];
  /** The first clones and the first writers on the first backend that fail. */
  readonly clones: readonly ('full' | 'clone-limit' | 'not-found' | 'failed')[];
  readonly writers: readonly ('full' | 'failed')[];
  readonly limits: { readonly maxSizeGib: number; readonly maxCount: number };
  readonly enabled: boolean;
  /** Steps that each process lives. */
  readonly lives: readonly number[];
}

const scenario: fc.Arbitrary<Scenario> = fc.record({
  images: fc.constant(3),
  creates: fc.array(fc.option(fc.integer({ min: 0, max: 2 }), { freq: 6 }), { minLength: 1, maxLength: 7 }),
  deletes: fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 3 }),
  failures: fc.array(
    fc.constantFrom('image.download_failed', 'image.download_failed', 'image.download_failed', 'image.unacceptable'),
    { maxLength: 6 },
  ),
  clones: fc.array(fc.constantFrom('full', 'clone-limit', 'not-found', 'failed'), { maxLength: 4 }),
  writers: fc.array(fc.constantFrom('full', 'failed'), { maxLength: 2 }),
  limits: fc.record({ maxSizeGib: fc.constantFrom(0, 2, 3), maxCount: fc.constantFrom(0, 1, 2) }),
  enabled: fc.constantFrom(true, true, true, false),
  lives: fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 6 }),
});

interface Lived {
  readonly house: TestHouse;
  readonly ids: readonly VolumeId[];
  readonly images: readonly ImageIdentity[];
  readonly scenario: Scenario;
}

async function live(given: Scenario): Promise<Lived> {
  const { maxSizeGib, maxCount } = given.limits;
  const cache = {
    image_volume_cache_enabled: given.enabled,
    image_volume_cache_max_size_gb: maxSizeGib,
    image_volume_cache_max_count: maxCount,
  };
  const flaky = new FlakyDriver();
  flaky.fail('clone', ...given.clones);
  flaky.fail('openWriter', ...given.writers);
  const house = await TestHouse.open({
    backends: { fast: cache, slow: cache },
    lives: given.lives,
    wrap: (name, driver) => (name === 'fast' ? flaky.wrap(driver) : driver),
  });
  const images = Array.from({ length: given.images }, (_, at) => house.images.add({ virtualGib: at + 1 }));
  house.images.fail(...given.failures);
  const ids = await Promise.all(given.creates.map((image) => house.request(image === null ? null : images[image]!, 3)));
  await house.pump.settle();
  for (const ordinal of given.deletes) {
    const id = ids[ordinal];
    if (id) await house.requestDeletion(id);
  }
  await house.pump.settle();
  return { house, ids, images, scenario: given };
}

/** The cache after every one of its events. */
async function* history(house: TestHouse): AsyncIterable<{ before: ImageCache; event: string; after: ImageCache }> {
  for (const pool of house.pools) {
    let before = imageCacheDecider.initialState;
    for (const event of await house.cacheEvents(pool)) {
      const after = imageCacheDecider.evolve(before, event);
      yield { before, event: event.type, after };
      before = after;
    }
  }
}

async function everyVolumeHasEnded({ house, ids }: Lived): Promise<void> {
  for (const id of ids) {
    const volume = await house.volume(id);
    expect(['provisioned', 'error', 'deleted']).toContain(volume.status);
    if (volume.status === 'error') expect(volume.failure.reason).not.toBe('');
  }
}

async function bytesAreRight({ house, ids, images, scenario: { creates } }: Lived): Promise<void> {
  for (const [at, id] of ids.entries()) {
    const volume = await house.volume(id);
    if (volume.status !== 'provisioned') continue;
    const backend = /@(.*)#/.exec(volume.pool)![1]!;
    const image = creates[at] === null ? undefined : images[creates[at]!];
    const expected = image ? house.images.bytesOf(image.id) : Buffer.alloc(64);
    expect(house.bytesOf(id, expected.length, backend)).toEqual(expected);
    expect(house.backend(backend).objects.get(`volume-${id}`)).toMatchObject({ sizeGib: 3, isWhole: true });
  }
}

/** On each backend: the volumes that are there, the copies that are not reaped, and nothing else. */
async function nothingIsLeftOver({ house, ids }: Lived): Promise<void> {
  for (const pool of house.pools) {
    const expected = new Map<string, number>();
    for (const id of ids) {
      const volume = await house.volume(id);
      if (volume.status === 'provisioned' && volume.pool === pool) expected.set(`volume-${id}`, 3);
    }
    const cache = await house.cache(pool);
    for (const entry of cache.entries.values()) expected.set(`volume-${entry.imageVolumeId}`, entry.sizeGib);
    const { objects } = house.backend(/@(.*)#/.exec(pool)![1]);
    const found = [...objects].map(([name, { sizeGib }]) => [name, sizeGib] as const);
    expect(found.sort()).toEqual([...expected].sort());
    expect([...cache.entries.values()].map(({ status }) => status)).toEqual(Array(cache.entries.size).fill('ready'));
    expect(cache.claims.size).toBe(0);
  }
}

async function everyCreateCountsOnce({ house, ids }: Lived): Promise<void> {
  const uses = (await Promise.all(house.pools.map((pool) => house.cacheEvents(pool))))
    .flat()
    .flatMap((event) => (event.type === 'hit' || event.type === 'miss' ? event : []));
  for (const id of ids) {
    const ends = (await house.volumeEvents(id)).filter(
      ({ type }) => type === 'VolumeProvisioned' || type === 'VolumeCreateFailed' || type === 'VolumePlacementFailed',
    );
    expect(ends).toHaveLength(1);
    const [end] = ends;
    const mine = uses.filter(({ data }) => data.volumeId === id).map(({ type }) => type);
    expect(mine.length).toBeLessThanOrEqual(1);
    if (end!.type !== 'VolumeProvisioned') continue;
    const outcome = end.data.decision?.outcome;
    const counted = { hit: ['hit'], joined: ['hit'], miss: ['miss'], bypass: [] };
    expect(mine).toEqual(outcome ? counted[outcome] : []);
  }
}

async function theCacheKeptItsLaws({ house, scenario: { limits } }: Lived): Promise<void> {
  for await (const { before, event, after } of history(house)) {
    const filling = [...after.entries.values()]
      .filter(({ status }) => status === 'filling')
      .map(({ content }) => content);
    expect(new Set(filling).size).toBe(filling.length);
    if (limits.maxCount > 0) expect(after.usage.count).toBeLessThanOrEqual(limits.maxCount);
    if (limits.maxSizeGib > 0) expect(after.usage.sizeGib).toBeLessThanOrEqual(limits.maxSizeGib);
    if (event !== 'reaped') continue;
    const gone = [...before.entries.values()].filter(
      (entry) => !entry.reaped && (after.entries.get(entry.generation)?.reaped ?? true),
    );
    expect(gone.map(({ leases }) => leases)).toEqual(gone.map(() => 0));
  }
}

const laws = [everyVolumeHasEnded, bytesAreRight, nothingIsLeftOver, everyCreateCountsOnce, theCacheKeptItsLaws];

async function holdsFor(given: Scenario): Promise<TestHouse> {
  const lived = await live(given);
  try {
    for (const law of laws) await law(lived);
  } finally {
    await lived.house.close();
  }
  return lived.house;
}

/** Little stories that are told again for every step at which the first process may die. */
const quiet = { images: 2, deletes: [], failures: [], clones: [], writers: [], enabled: true } as const;
const unlimited = { maxSizeGib: 0, maxCount: 0 };
const stories: readonly (readonly [string, Omit<Scenario, 'lives'>])[] = [
  [
    'a miss, a joiner and a blank volume that is deleted',
    { ...quiet, creates: [0, 0, null], deletes: [2], limits: unlimited },
  ],
  [
    'a create that finds the backend full and moves on',
    { ...quiet, creates: [0], clones: ['full'], limits: unlimited },
  ],
  [
    'a fill that fails for good, and a joiner',
    { ...quiet, creates: [0, 0], failures: ['image.unacceptable'], limits: unlimited },
  ],
  [
    'an image that pushes another out of the cache',
    { ...quiet, creates: [0, 1], limits: { maxSizeGib: 0, maxCount: 1 } },
  ],
  ['a download', { ...quiet, creates: [0], enabled: false, limits: unlimited }],
];

describe('the volume-manager killed at any step', () => {
  test('P1 · P3 · P4 · P5 · P6 · P7 · P8 · P14 · I.51: every volume ends with its bytes, counts once, and leaves nothing', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => void (await holdsFor(given))),
      { seed: 20_260_721, numRuns: 50 },
    );
  }, 120_000);

  test.each(stories)(
    'P7 · P8 · P14: %s end well wherever the first process dies',
    async (_, story) => {
      for (let steps = 1; ; steps += 1) {
        const house = await holdsFor({ ...story, lives: [steps] });
        if (house.deaths === 0) return expect(steps).toBeGreaterThan(20);
      }
    },
    120_000,
  );
});
