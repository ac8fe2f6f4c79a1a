import { after, cached } from '../testing/decided-cache';
import { owedChores } from './chores';
import type { ImageCacheCommand } from './image-cache.commands';
import {
  actor,
  beginFill,
  claim,
  complete,
  fail,
  generationOf,
  minutesLater,
  prefetchOf,
  requestPrefetch,
  switchOff,
} from './image-cache.examples';
import type { ImageCache } from './image-cache.state';

describe('I.37: a prefetch', () => {
  const prefetchId = prefetchOf(1);
  const begin = beginFill(9, 1, { prefetchId });
  const cancel: ImageCacheCommand = { do: 'CancelPrefetch', prefetchId, by: actor, at: minutesLater(2) };
  const owed = (state: ImageCache, now = minutesLater(1)) =>
    owedChores(state, () => true, { now, graceSeconds: 0 }).map(({ do: what }) => what);
  test('is recorded once, with its pin; a second one of the image is refused and named', () => {
    after()
      .when(requestPrefetch(1, 1, { pin: true }))
      .thenTypes('prefetch-requested', 'pinned');
    after(requestPrefetch(1, 1)).when(requestPrefetch(1, 1)).thenNothing();
    const { decision } = after(requestPrefetch(1, 1)).when(requestPrefetch(2, 1));
    expect(decision).toMatchObject({ refused: 'image-cache.prefetch_exists', data: { prefetchId } });
  });
  test('of an image that is larger than the cache is refused at once', () =>
    after()
      .when(requestPrefetch(1, 1, { sizeGib: 5, limits: { maxSizeGib: 4, maxCount: 0 } }))
      .thenRefused('image-cache.larger_than_cache'));
  test('is owed its fill, begun once; its end is the end of the fill', () => {
    expect(owed(after(requestPrefetch(1, 1)).state)).toEqual(['run-prefetch']);
    expect(owed(after(requestPrefetch(1, 1), begin).state)).toEqual([]);
    after(requestPrefetch(1, 1), begin).when(complete(1)).thenTypes('create', 'prefetch-ended');
    expect(owed(after(requestPrefetch(1, 1), begin, complete(1)).state)).toEqual([]);
  });
  test('is ended by the fill of a create too', () =>
    after(requestPrefetch(1, 1), claim(1, 1)).when(complete(1)).thenTypes('create', 'leased', 'prefetch-ended'));
  test('finds that there is an entry, and ends as existing', () => {
    after(...cached(1, 1), requestPrefetch(1, 1))
      .when(begin)
      .thenNothing();
    const end = { outcome: 'existing', generation: generationOf(1), failure: null, at: minutesLater(1) } as const;
    after(...cached(1, 1), requestPrefetch(1, 1))
      .when({ do: 'EndPrefetch', prefetchId, ...end })
      .thenTypes('prefetch-ended');
  });
  test('whose fill fails for now is owed another; for good, it has ended with the error', () => {
    expect(owed(after(requestPrefetch(1, 1), begin, fail(1, true)).state)).toContain('run-prefetch');
    after(requestPrefetch(1, 1), begin)
      .when(fail(1, false))
      .then(
        expect.objectContaining({ type: 'fill-failed' }),
        expect.objectContaining({
          data: expect.objectContaining({ outcome: 'error', failure: fail(1, false).failure }) as unknown,
        }),
      );
  });
  test('that is cancelled before its fill has ended with that', () => {
    after(requestPrefetch(1, 1)).when(cancel).thenTypes('prefetch-cancelled', 'prefetch-ended');
    after(requestPrefetch(1, 1), cancel).when(cancel).thenRefused('image-cache.prefetch_not_found');
    after(requestPrefetch(1, 1), cancel).when(begin).thenRefused('image-cache.prefetch_not_found');
  });
  test('that is cancelled while it is filled has its fill given up, if nobody else waits for that', () => {
    const running = [requestPrefetch(1, 1), begin];
    after(...running)
      .when(cancel)
      .thenTypes('prefetch-cancelled');
    expect(owed(after(...running, cancel).state)).toEqual(['stop-prefetch']);
    after(...running, cancel)
      .when(fail(1, false))
      .thenTypes('fill-failed', 'prefetch-ended');
    after(...running, claim(2, 1))
      .when(cancel)
      .thenTypes('prefetch-cancelled', 'prefetch-ended');
    expect(owed(after(...running, claim(2, 1), cancel).state)).toEqual(['check-claim']);
    after(...running, cancel)
      .when(complete(1))
      .thenTypes('create', 'prefetch-ended');
  });
  test('that is asked for anew while a cancelled one is still filled takes that fill up', () => {
    const running = [requestPrefetch(1, 1), begin, cancel];
    const anew = requestPrefetch(2, 1);
    after(...running)
      .when(anew)
      .then(
        expect.objectContaining({ data: expect.objectContaining({ prefetchId, outcome: 'cancelled' }) as unknown }),
        expect.objectContaining({ type: 'prefetch-requested' }),
      );
    expect(owed(after(...running, anew).state)).toEqual([]);
    after(...running, anew)
      .when({ ...fail(1, false), unlessWanted: true })
      .thenNothing();
    after(...running, anew)
      .when(complete(1))
      .then(
        expect.objectContaining({ type: 'create' }),
        expect.objectContaining({
          data: expect.objectContaining({ prefetchId: prefetchOf(2), outcome: 'cached' }) as unknown,
        }),
      );
    expect(owed(after(...running, anew, fail(1, false)).state)).toContain('run-prefetch');
  });
  test('that has taken a fill up and is cancelled too has it given up', () => {
    const again: ImageCacheCommand = {
      do: 'CancelPrefetch',
      prefetchId: prefetchOf(2),
      by: actor,
      at: minutesLater(3),
    };
    const state = after(requestPrefetch(1, 1), begin, cancel, requestPrefetch(2, 1), again).state;
    expect(owed(state)).toEqual(['stop-prefetch']);
  });
  test('that is cancelled takes no fill from a create that has come for it', () =>
    after(requestPrefetch(1, 1), begin, cancel, claim(2, 1))
      .when({ ...fail(1, false), unlessWanted: true })
      .thenNothing());
  test('whose deadline has passed is not begun any more', () => {
    const late = after(requestPrefetch(1, 1, { deadline: minutesLater(5) })).state;
    expect(owed(late, minutesLater(4))).toEqual(['run-prefetch']);
    expect(owed(late, minutesLater(5))).toEqual(['expire-prefetch']);
  });
  test('waits for the cache to be switched on', () =>
    expect(owed(after(requestPrefetch(1, 1), switchOff('stay')).state)).toEqual([]));
});
