import {
  type Failure,
  type ImageCacheEvent,
  imagePropertiesBytesMax,
  isImageStorable,
  type PrefetchOutcome,
  type RefusalCode,
} from '@hearth/contracts';
import { type Decision, type Generation, type Refusal, refuse } from '@hearth/kernel';
import { fitsCache } from '../eviction/limits';
import type { CommandOf } from './image-cache.commands';
import { pinnedWith } from './pin.decide';
import { type CacheEntry, type ImageCache, type Prefetch, liveEntriesOf, prefetchOf } from './image-cache.state';

type CacheDecision = Decision<ImageCacheEvent, RefusalCode>;

/**
 * Of an image there is one prefetch at a time. One that is cancelled ends there and then where another is asked for while its fill still
 * runs: that goes on, for the new one.
 */
export function requestPrefetch(command: CommandOf<'RequestPrefetch'>, cache: ImageCache): CacheDecision {
  const { prefetchId, imageId, image, by, at, deadline, pin } = command;
  const open = cache.prefetches.get(imageId) ?? prefetchOf(cache, prefetchId);
  if (open?.prefetchId === prefetchId && open.imageId === imageId) return [];
  const isTakenUp = open?.imageId === imageId && open.cancelled;
  if (open && !isTakenUp)
    return refuse('image-cache.prefetch_exists', { imageId: open.imageId, prefetchId: open.prefetchId });
  if (cache.off) return refuse('image-cache.switched_off');
  const unfit = whyUnfit(command);
  if (unfit) return unfit;
  const data = { prefetchId, imageId, by, at, deadline, pin };
  const generation = isTakenUp ? (fillOf(cache, open)?.generation ?? null) : null;
  const begun: ImageCacheEvent[] = isTakenUp ? [prefetchEnded(open, { outcome: 'cancelled', generation, at })] : [];
  begun.push({ type: 'prefetch-requested', data: image ? { ...data, image } : data });
  return pin ? [...begun, ...pinnedWith(command, cache)] : begun;
}

function whyUnfit({ imageId, image, sizeGib, limits }: CommandOf<'RequestPrefetch'>): Refusal<RefusalCode> | undefined {
  if (image && !isImageStorable(image)) {
    return refuse('image-cache.image_not_storable', { imageId, max: imagePropertiesBytesMax });
  }
  if (sizeGib !== undefined && limits && !fitsCache(sizeGib, limits)) {
    return refuse('image-cache.larger_than_cache', { sizeGib, maxSizeGib: limits.maxSizeGib });
  }
  return undefined;
}

/** It has ended with that, unless its fill runs: for nobody else that is given up, and ends it; for others it goes on. */
export function cancelPrefetch({ prefetchId, by, at }: CommandOf<'CancelPrefetch'>, cache: ImageCache): CacheDecision {
  const prefetch = prefetchOf(cache, prefetchId);
  if (!prefetch) return refuse('image-cache.prefetch_not_found', { prefetchId });
  if (prefetch.cancelled) return [];
  const cancelled: ImageCacheEvent = { type: 'prefetch-cancelled', data: { prefetchId, by, at } };
  const fill = fillOf(cache, prefetch);
  if (fill && fill.claims === 0) return [cancelled];
  return [cancelled, prefetchEnded(prefetch, { outcome: 'cancelled', generation: fill?.generation ?? null, at })];
}

/** One that has ended, by its fill say, is left as it is. */
export function endPrefetch(
  { prefetchId, ...end }: CommandOf<'EndPrefetch'>,
  cache: ImageCache,
): readonly ImageCacheEvent[] {
  const prefetch = prefetchOf(cache, prefetchId);
  return prefetch ? [prefetchEnded(prefetch, end)] : [];
}

/** The fill that it began, or has taken up from one that was cancelled, while that runs. */
export function fillOf(cache: ImageCache, { imageId }: Prefetch): CacheEntry | undefined {
  return liveEntriesOf(cache, imageId).find(
    ({ status, prefetchId }) => status === 'filling' && prefetchId !== undefined,
  );
}

interface PrefetchEnd {
  readonly outcome: PrefetchOutcome;
  readonly generation: Generation | null;
  readonly failure?: Failure | null;
  /** Unless told, when it was requested. */
  readonly at: string | undefined;
}

export function prefetchEnded(
  { prefetchId, imageId, requestedAt }: Prefetch,
  { outcome, generation, failure = null, at = requestedAt }: PrefetchEnd,
): ImageCacheEvent {
  return { type: 'prefetch-ended', data: { prefetchId, imageId, outcome, generation, failure, at } };
}
