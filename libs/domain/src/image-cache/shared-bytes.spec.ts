import type { SuspensionCause } from '@hearth/contracts';
import { after, evictedIn } from '../testing/decided-cache';
import { owedChores } from './chores';
import { sharedContentKeys } from './content-key';
import type { CommandOf, ImageCacheCommand } from './image-cache.commands';
import {
  beginFill,
  claim,
  complete,
  fail,
  generationOf,
  imageOf,
  minutesLater,
  pin,
  requestPrefetch,
  settle,
  suspend,
  volumeOf,
} from './image-cache.examples';
import { claimOf, entryOf, liveEntriesOf } from './image-cache.state';
import type { PruneRule } from './steward.commands';

/** Image 2 has the bytes of image 1, and hashes are trusted. */
const twin = { ...imageOf(2), osHashValue: imageOf(1).osHashValue };
const [content = ''] = sharedContentKeys(imageOf(1));
const ofFirst = (volume: number) => claim(volume, 1, { content });
const ofTwin = (volume: number) => claim(volume, 2, { image: twin, content });
const cached: readonly ImageCacheCommand[] = [ofFirst(1), complete(1), settle(1)];
const notFound = (generation: number): CommandOf<'FailFill'> => ({
  ...fail(generation, false),
  failure: { code: 'image.not_found', reason: 'it is gone' },
});

test('a copy that is suspended is taken over for no image of other bytes, though its create waited for it', () =>
  after(ofFirst(1), ofFirst(2), suspend(1, 'deactivated'), complete(1))
    .when(claim(2, 3))
    .thenRefused('image-cache.suspended'));

describe('a fill whose image is gone', () => {
  test('P13: fails the create that began it, and is begun anew by one of another image of the same bytes', () => {
    const failed = [ofFirst(1), ofTwin(2), notFound(1)];
    after(...failed)
      .when(ofFirst(1))
      .thenRefused('image-cache.fill_failed');
    after(...failed)
      .when(ofTwin(2))
      .thenTypes('fill-started');
  });
  test('counts as no attempt of theirs, however often that happens', () => {
    const gone = [1, 2, 3, 4].flatMap((volume) => [ofFirst(volume), notFound(volume), settle(volume, false)]);
    const { state } = after(...gone, ofTwin(5));
    expect(entryOf(state, generationOf(5))?.filler.attempt).toBe(1);
  });
  test('fails a prefetch of that image, and no create of the other', () => {
    const wanted = [requestPrefetch(1, 1), beginFill(1, 1, { content, prefetchId: requestPrefetch(1, 1).prefetchId })];
    after(...wanted, ofTwin(2))
      .when(notFound(1))
      .thenTypes('fill-failed', 'released', 'prefetch-ended');
  });
  test('fails all who wait where a copy serves its own image alone', () =>
    after(claim(1, 1), claim(2, 1), notFound(1)).when(claim(2, 1)).thenRefused('image-cache.fill_failed'));
});

describe('a fill that is too large for the volume of the create that began it', () => {
  const tooLarge = { ...fail(1, false), ofFiller: true };
  test('fails that create, and is begun anew by those who wait', () => {
    after(claim(1, 1), claim(2, 1), tooLarge).when(claim(1, 1)).thenRefused('image-cache.fill_failed');
    after(claim(1, 1), claim(2, 1), tooLarge).when(claim(2, 1)).thenTypes('fill-started');
  });
});

describe('an entry whose image cannot be used', () => {
  test.each<SuspensionCause>(['deactivated', 'deleted', 'hidden'])(
    'because it is %s serves another image of the same bytes, and is that one’s copy from now on',
    (cause) => {
      const suspended = [...cached, suspend(1, cause)];
      after(...suspended)
        .when(ofTwin(2))
        .thenTypes('identified', 'resumed', 'leased');
      after(...suspended)
        .when(ofFirst(3))
        .thenRefused('image-cache.suspended');
      const { state } = after(...suspended, ofTwin(2));
      expect(liveEntriesOf(state, twin.id)).toMatchObject([{ generation: 1, suspended: undefined }]);
      expect(liveEntriesOf(state, imageOf(1).id)).toEqual([]);
      expect(claimOf(state, volumeOf(2))).toMatchObject({ claim: { stage: 'leased', outcome: 'hit' } });
    },
  );
  test('while it is filled is joined by creates of another image of the same bytes, which it serves', () => {
    const filled = after(ofFirst(1), suspend(1), ofTwin(2), complete(1));
    filled.when(ofTwin(2)).thenTypes('identified', 'resumed', 'leased');
    filled.when(ofFirst(1)).thenRefused('image-cache.suspended');
  });
});

describe('P12: a pin of another image of the same bytes', () => {
  const pinned: ImageCacheCommand = { ...pin(2), image: twin };
  const ageing: PruneRule = {
    ...{ kind: 'ageing', keepGenerations: 1, ttlSeconds: 0, removeUnused: false, minimumAgeSeconds: 0 },
    ...{ resizedMinimumAgeSeconds: 0, graceSeconds: 60 },
  };
  const prune: ImageCacheCommand = { do: 'Prune', rule: ageing, evictionsMax: 9, at: minutesLater(100) };

  test('holds the entry when its own image is gone for longer than the grace period', () => {
    const gone = [...cached, suspend(1, 'deleted')];
    after(...gone, pinned)
      .when(prune)
      .thenNothing();
    const late = { now: minutesLater(100), graceSeconds: 60 };
    expect(owedChores(after(...gone, pinned).state, () => true, late)).toEqual([]);
    expect(evictedIn(after(...gone, pin(1)).when(prune))).toEqual([[1, 'image-deleted']]);
  });
  test('holds the entry when its own image gets another content', () => {
    const edited = claim(3, 1, { content: 'other bytes' });
    expect(evictedIn(after(...cached, pinned).when(edited))).toEqual([]);
    expect(evictedIn(after(...cached).when(edited))).toEqual([[1, 'stale']]);
  });
});
