import { after, cached } from '../testing/decided-cache';
import { decodeImageCache, encodeImageCache } from './image-cache.snapshot';
import { isPinned } from './image-cache.state';
import { sharedContentKeys } from './content-key';
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
  test('P12 · I.38: a pinned entry makes no room, whoever asks', () => {
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
  describe('of an image whose bytes another one brought, where hashes are trusted', () => {
    const twin = { ...imageOf(2), osHashValue: imageOf(1).osHashValue };
    const [content = ''] = sharedContentKeys(twin);
    const ofTwin = { ...pin(2), image: twin };
    const filled = [{ ...claim(1, 1), content }, ...cached(1, 1).slice(1)];
    const unpin = (image: number): ImageCacheCommand => ({
      ...{ do: 'UnpinImage', imageId: imageOf(image).id, by: actor, at: minutesLater(1) },
    });
    test('P12: hold that entry, set before it or after it', () => {
      for (const history of [
        [ofTwin, ...filled],
        [...filled, ofTwin],
        [...filled, requestPrefetch(1, 2, { pin: true, image: twin })],
      ]) {
        after(...history)
          .when(claim(2, 3, { limits }))
          .thenRefused('image-cache.no_room');
        after(...history)
          .when({ do: 'Prune', rule: { kind: 'all', pinned: false }, evictionsMax: 9, at: minutesLater(2) })
          .thenNothing();
      }
    });
    test('hold it after a fold from a snapshot too', () => {
      const { state } = after(...filled, ofTwin);
      const restored = decodeImageCache(JSON.parse(JSON.stringify(encodeImageCache(state))));
      const [entry] = restored.entries.values();
      expect(isPinned(restored, entry!)).toBe(true);
    });
    test('let it go with the last of them', () => {
      after(...filled, pin(1), ofTwin, unpin(1))
        .when(claim(2, 3, { limits }))
        .thenRefused('image-cache.no_room');
      after(...filled, pin(1), ofTwin, unpin(1), { ...ofTwin, note: 'golden' }, unpin(2))
        .when(claim(2, 3, { limits }))
        .thenTypes('evict', 'fill-started');
    });
    test('that were set before it was known what the image is learn it when they are set again', () => {
      after(...filled, pin(2))
        .when(claim(2, 3, { limits }))
        .thenTypes('evict', 'fill-started');
      after(...filled, pin(2))
        .when(ofTwin)
        .thenTypes('pinned');
      after(...filled, ofTwin)
        .when(pin(2))
        .thenNothing();
    });
    test('hold no copy that is the other image’s own, where they are not', () =>
      after(...cached(1, 1), ofTwin)
        .when(claim(2, 3, { limits }))
        .thenTypes('evict', 'fill-started'));
  });
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
