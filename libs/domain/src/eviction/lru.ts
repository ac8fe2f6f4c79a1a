import { type CacheEntry, type ImageCache, entryOf } from '../image-cache/image-cache.state';

/** The least recently used first. */
export function* leastRecentlyUsed(cache: ImageCache, mayGo: (entry: CacheEntry) => boolean): Iterable<CacheEntry> {
  for (const generation of cache.byUse.values()) {
    const entry = entryOf(cache, generation);
    if (entry && mayGo(entry)) yield entry;
  }
}
