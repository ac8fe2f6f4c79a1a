import {
  type CacheEntry,
  type ImageCache,
  isIdle,
  isPinnedForAnother,
  liveEntriesOf,
} from '../image-cache/image-cache.state';

/**
 * Idle entries of an image that its newer contents have superseded: all but the newest `keep` contents, `content` among those that stay,
 * and the newest. A pin keeps an image, not what it was before: it is not asked, but for another
 * image's that the entry serves by an equal hash. Without a `content` that is to come, those that are still being filled are none of the
 * newest: they may fail.
 */
export function superseded(
  cache: ImageCache,
  imageId: string,
  { keep, content }: { readonly keep: number; readonly content?: string },
): readonly CacheEntry[] {
  const others = liveEntriesOf(cache, imageId).filter((entry) =>
    content === undefined ? entry.status === 'ready' : entry.content !== content,
  );
  const kept = content === undefined ? keep : keep - 1;
  return others
    .slice(0, Math.max(0, others.length - kept))
    .filter((entry) => isIdle(entry) && !isPinnedForAnother(cache, entry));
}
