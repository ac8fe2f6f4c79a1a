import { PersistentMap } from '@hearth/kernel';
import { type DataOf, patchEntry } from './entry.evolve';
import { type ImageCache, type Pin, entryOf, prefetchOf } from './image-cache.state';

/** First requests that are remembered at least, and half of those that are at most. */
const askedKept = 4_096;

export function onSuspended(cache: ImageCache, { generation, cause, at }: DataOf<'suspended'>): ImageCache {
  return entryOf(cache, generation)?.status === 'retired'
    ? cache
    : patchEntry(cache, generation, { suspended: { cause, at } });
}

export function onPinned(cache: ImageCache, { imageId, note, by, at, contents = [] }: DataOf<'pinned'>): ImageCache {
  return withPin(withoutPin(cache, imageId), imageId, { note, by, at, contents });
}

export function withPin(cache: ImageCache, imageId: string, pin: Pin): ImageCache {
  return {
    ...cache,
    pins: cache.pins.set(imageId, pin),
    pinnedContents: pin.contents.reduce(
      (held, content) => held.set(content, (held.get(content) ?? 0) + 1),
      cache.pinnedContents,
    ),
  };
}

export function withoutPin(cache: ImageCache, imageId: string): ImageCache {
  const contents = cache.pins.get(imageId)?.contents ?? [];
  return {
    ...cache,
    pins: cache.pins.delete(imageId),
    pinnedContents: contents.reduce((held, content) => {
      const left = (held.get(content) ?? 0) - 1;
      return left > 0 ? held.set(content, left) : held.delete(content);
    }, cache.pinnedContents),
  };
}

export function onAsked(cache: ImageCache, { content, volumeId, at }: DataOf<'asked'>): ImageCache {
  const { recent, earlier } = cache.asked;
  const asked = recent.set(content, { volumeId, at });
  return {
    ...cache,
    asked: asked.size < askedKept ? { recent: asked, earlier } : { recent: PersistentMap.empty(), earlier: asked },
  };
}

/** What was asked for is made: the next time that it is missing counts anew. */
export function forgetAsked({ asked: { recent, earlier } }: ImageCache, content: string): ImageCache['asked'] {
  return { recent: recent.delete(content), earlier: earlier.delete(content) };
}

export function onPrefetchRequested(cache: ImageCache, data: DataOf<'prefetch-requested'>): ImageCache {
  const { prefetchId, imageId, image, at, deadline } = data;
  const prefetch = { prefetchId, imageId, image, requestedAt: at, deadline, cancelled: false };
  return { ...cache, prefetches: cache.prefetches.set(imageId, prefetch) };
}

export function onPrefetchCancelled(cache: ImageCache, { prefetchId }: DataOf<'prefetch-cancelled'>): ImageCache {
  const prefetch = prefetchOf(cache, prefetchId);
  if (!prefetch) return cache;
  return { ...cache, prefetches: cache.prefetches.set(prefetch.imageId, { ...prefetch, cancelled: true }) };
}

export function onPrefetchEnded(cache: ImageCache, { prefetchId, imageId }: DataOf<'prefetch-ended'>): ImageCache {
  if (cache.prefetches.get(imageId)?.prefetchId !== prefetchId) return cache;
  return { ...cache, prefetches: cache.prefetches.delete(imageId) };
}
