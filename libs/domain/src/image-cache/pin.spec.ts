import { after, cached } from '../testing/decided-cache';
import type { ImageCacheCommand } from './image-cache.commands';
import {
  actor,
  claim,
  generationOf,
  imageOf,
  minutesLater,
  pin,
  prefetchOf,
  requestPrefetch,
} from './image-cache.examples';

describe('pins', () => {
  const limits = { maxSizeGib: 0, maxCount: 1 };
  test('P12: a pinned entry makes no room, whoever asks', () => {
    after(...cached(1, 1), pin(1))
      .when(claim(2, 2, { limits }))
      .thenRefused('image-cache.no_room');
    after(...cached(1, 1), pin(1))
      .when({ do: 'TrimToLimits', limits: { ...limits, maxSizeGib: 1 }, evictionsMax: 9 })
      .thenNothing();
  });
  test('are there before the entry', () =>
    after(pin(1), ...cached(1, 1))
      .when(claim(2, 2, { limits }))
      .thenRefused('image-cache.no_room'));
  test('are set once, change their note, and go once', () => {
    after(pin(1)).when(pin(1)).thenNothing();
    after(pin(1))
      .when({ ...pin(1), note: 'golden' })
      .thenTypes('pinned');
    const unpin: ImageCacheCommand = { do: 'UnpinImage', imageId: imageOf(1).id, by: actor, at: minutesLater(1) };
    after(pin(1)).when(unpin).thenTypes('unpinned');
    after().when(unpin).thenNothing();
    after(...cached(1, 1), pin(1), unpin)
      .when(claim(2, 2, { limits }))
      .thenTypes('evict', 'fill-started');
  });
  test('of a policy become a user’s who pins the image too, and those of a user no policy’s', () => {
    const byPolicy = { ...pin(1), by: { policyId: prefetchOf(1) } };
    after(byPolicy).when(byPolicy).thenNothing();
    after(byPolicy).when(pin(1)).thenTypes('pinned');
    after(byPolicy)
      .when(requestPrefetch(1, 1, { pin: true }))
      .thenTypes('prefetch-requested', 'pinned');
    after(pin(1))
      .when({ ...byPolicy, note: 'latest' })
      .thenNothing();
    expect(after(pin(1)).state.pins.get(imageOf(1).id)).toMatchObject({ by: actor });
  });
  test('do not keep an administrator from deleting the entry', () =>
    after(...cached(1, 1), pin(1))
      .when({ do: 'RetireEntry', generation: generationOf(1), reason: 'manual', by: actor, at: minutesLater(1) })
      .then(expect.objectContaining({ data: expect.objectContaining({ reason: 'manual', by: actor }) as unknown })));
  test('take a note of so many characters, and no longer one', () => {
    after()
      .when({ ...pin(1), note: '📌'.repeat(255) })
      .thenTypes('pinned');
    after()
      .when({ ...pin(1), note: 'n'.repeat(256) })
      .thenRefused('image-cache.note_too_long');
  });
});

describe('P12: what a policy unpins', () => {
  const policy = (id: number) => ({ policyId: `60000000-0000-4000-8000-00000000000${id}` });
  const at = minutesLater(0);
  const unpinBy = (by: { policyId: string }): ImageCacheCommand => ({
    ...{ do: 'UnpinImage', imageId: imageOf(1).id, by, at },
  });
  test('is its own pin', () =>
    after({ ...pin(1), by: policy(1) })
      .when(unpinBy(policy(1)))
      .thenTypes('unpinned'));
  test('is not the pin of a user who took it over meanwhile, nor that of another policy', () => {
    after({ ...pin(1), by: policy(1) }, pin(1))
      .when(unpinBy(policy(1)))
      .thenNothing();
    after({ ...pin(1), by: policy(2) })
      .when(unpinBy(policy(1)))
      .thenNothing();
  });
});
