import { commitBytesMax, encodeEvent, imageCacheContract, imagePropertiesBytesMax } from '@hearth/contracts';
import { isRefusal } from '@hearth/kernel';
import type { ImageCacheCommand } from './image-cache.commands';
import { imageCacheDecider } from './image-cache.decide';
import {
  claim,
  complete,
  contentOf,
  fillStarted,
  generationOf,
  imageOf,
  requestPrefetch,
} from './image-cache.examples';
import type { ImageCache } from './image-cache.state';
import { evictionsAtOnceMax } from './retire.decide';

/** What goes around the events of a commit: ids, an instant, a trace. */
const envelopeBytesMax = 1_024;

/** Ready entries of 2 GiB, each of an image of its own. */
function cacheOf(count: number): ImageCache {
  const after = (cache: ImageCache, command: ImageCacheCommand) => {
    const decision = imageCacheDecider.decide(command, cache);
    if (isRefusal(decision)) throw new Error(decision.refused);
    return decision.reduce((state, event) => imageCacheDecider.evolve(state, event), cache);
  };
  let cache = imageCacheDecider.initialState;
  for (let at = 1; at <= count; at += 1) {
    cache = imageCacheDecider.evolve(cache, fillStarted(at, at, { volumeId: null }));
    cache = after(cache, complete(at));
  }
  return cache;
}

function expectToFit(command: ImageCacheCommand, cache: ImageCache): number {
  const decision = imageCacheDecider.decide(command, cache);
  if (isRefusal(decision)) throw new Error(decision.refused);
  const bytes = Buffer.byteLength(JSON.stringify(decision.map((event) => encodeEvent(imageCacheContract, event))));
  expect(bytes).toBeLessThan(commitBytesMax - envelopeBytesMax);
  return decision.length;
}

/** An image whose properties take so many bytes. */
const withProperties = (bytes: number) => ({
  ...imageOf(9_999),
  properties: { note: 'x'.repeat(bytes - '{"note":""}'.length) },
});

describe('of a cache with thousands of entries', () => {
  const cache = cacheOf(evictionsAtOnceMax + 500);
  const room = (count: number) => ({ maxSizeGib: 0, maxCount: cache.usage.count + 1 - count });
  const large = withProperties(imagePropertiesBytesMax);

  test('as many are given up in one decision as fit into a commit, the new one with all its properties beside them', () =>
    expect(expectToFit(claim(9_999, 9_999, { image: large, limits: room(evictionsAtOnceMax) }), cache)).toBe(
      evictionsAtOnceMax + 1,
    ));
  test('what would need more room than that is not cached', () =>
    expect(
      imageCacheDecider.decide(claim(9_999, 9_999, { limits: room(evictionsAtOnceMax + 1) }), cache),
    ).toMatchObject({
      refused: 'image-cache.no_room',
    }));
  test('limits that were lowered are made to hold in several decisions', () =>
    expect(
      expectToFit({ do: 'TrimToLimits', limits: { maxSizeGib: 0, maxCount: 1 }, evictionsMax: 10_000 }, cache),
    ).toBe(evictionsAtOnceMax));
  test('an image that grows past what one commit can make room for is not cached', () => {
    const filling = imageCacheDecider.evolve(cache, fillStarted(5_000, 5_000));
    const sized = (sizeGib: number) =>
      ({
        do: 'SizeFill',
        generation: generationOf(5_000),
        sizeGib,
        limits: { maxSizeGib: cache.usage.sizeGib + 2, maxCount: 0 },
      }) as const;
    expect(expectToFit(sized(2 + 2 * evictionsAtOnceMax), filling)).toBe(evictionsAtOnceMax + 1);
    expect(imageCacheDecider.decide(sized(4 + 2 * evictionsAtOnceMax), filling)).toMatchObject({
      refused: 'image-cache.larger_than_cache',
    });
  });
});

test('an image whose properties a commit could not hold is not cached', () => {
  const image = withProperties(imagePropertiesBytesMax + 1);
  const refused = { refused: 'image-cache.no_room' };
  expect(imageCacheDecider.decide(claim(1, 1, { image }), imageCacheDecider.initialState)).toMatchObject(refused);
  const filling = imageCacheDecider.evolve(imageCacheDecider.initialState, fillStarted(1, 1, { volumeId: null }));
  const identity = { image, content: contentOf(2) };
  expect(imageCacheDecider.decide({ ...complete(1), identity }, filling)).toMatchObject(refused);
});

test.each([
  ['more properties than a commit holds', { properties: { note: 'x'.repeat(imagePropertiesBytesMax) } }],
  ['a property that is no text', { properties: { note: 'half a pair: \ud800' } }],
  ['a property whose name is none', { properties: { 'a\0b': '' } }],
  ['a property of a name that JavaScript has for itself', { properties: { ['__proto__']: 'x' } }],
  ['a name that is no text', { name: '\0' }],
])('an image with %s is not prefetched', (_, patch) =>
  expect(
    imageCacheDecider.decide(
      { ...requestPrefetch(1, 1), image: { ...imageOf(1), ...patch } },
      imageCacheDecider.initialState,
    ),
  ).toMatchObject({ refused: 'image-cache.image_not_storable', data: { imageId: imageOf(1).id } }),
);
