import type { ImageCacheEvent } from '@hearth/contracts';
import type { CommandOf } from './image-cache.commands';
import { type CacheEntry, type ImageCache, entryOf } from './image-cache.state';
import { evicted } from './retire.decide';

/**
 * A copy that holds what was written into it goes on serving; one that differs is quarantined: it stops serving in the same
 * decision, in use or not, and its image-volume goes when no clone needs it. A copy of which no digest was recorded is compared
 * with this one from now on.
 */
export function recordVerification(
  { found }: CommandOf<'RecordVerification'>,
  cache: ImageCache,
): readonly ImageCacheEvent[] {
  const entry = entryOf(cache, found.generation);
  if (entry?.status !== 'ready') return [];
  const expectedDigest = entry.evidence?.contentDigest;
  if (!expectedDigest || expectedDigest === found.contentDigest) return [{ type: 'verified', data: found }];
  const { imageId, imageVolumeId } = entry;
  return [
    { type: 'verify-failed', data: { ...found, imageId, imageVolumeId, expectedDigest } },
    evicted(entry, 'verify-failed'),
  ];
}

/** Ready copies whose bytes nobody has looked at since `before` (ISO 8601 in UTC, which sorts as text), the longest unseen first. */
export function dueForVerification(cache: ImageCache, before: string): readonly CacheEntry[] {
  const seenAt = ({ verifiedAt = '' }: CacheEntry) => verifiedAt;
  return [...cache.entries.values()]
    .filter((entry) => entry.status === 'ready' && seenAt(entry) < before)
    .sort((one, other) => byText(seenAt(one), seenAt(other)) || one.lastUse - other.lastUse);
}

const byText = (one: string, other: string) => Number(one > other) - Number(one < other);
