import type { ImageCacheEvent } from '@hearth/contracts';
import type { CommandOf } from './image-cache.commands';
import { type CacheEntry, type ImageCache, entryOf } from './image-cache.state';
import { evicted } from './retire.decide';

/** What a digest of a disk's content begins with, where looks at copies compute it (see the glossary). */
const scheme = 'sha256-1m:';

/** False for a digest of another kind, of another version of this software say: it tells nothing about what a look has found. */
const isComparable = (digest: string | null | undefined): boolean => !digest || digest.startsWith(scheme);

/**
 * A copy that holds what was written into it goes on serving; one that differs is quarantined: it stops serving in the same
 * decision, in use or not, and its image-volume goes when no clone needs it. A copy of which no digest was recorded is compared
 * with this one from now on; one with a digest of another kind is left as it is.
 */
export function recordVerification(
  { found }: CommandOf<'RecordVerification'>,
  cache: ImageCache,
): readonly ImageCacheEvent[] {
  const entry = entryOf(cache, found.generation);
  if (entry?.status !== 'ready') return [];
  const expectedDigest = entry.evidence?.contentDigest;
  if (!isComparable(expectedDigest) || !isComparable(found.contentDigest)) return [];
  // Recorded already, without an answer to whoever asked.
  if (expectedDigest === found.contentDigest && entry.verifiedAt === found.at) return [];
  if (!expectedDigest || expectedDigest === found.contentDigest) return [{ type: 'verified', data: found }];
  const { imageId, imageVolumeId } = entry;
  return [
    { type: 'verify-failed', data: { ...found, imageId, imageVolumeId, expectedDigest } },
    evicted(entry, 'verify-failed'),
  ];
}

/**
 * Ready copies whose bytes nobody has looked at since `before` (ISO 8601 in UTC, which sorts as text), the longest unseen first; those
 * with a digest of a kind that is not known here are left out.
 */
export function dueForVerification(cache: ImageCache, before: string): readonly CacheEntry[] {
  const seenAt = ({ verifiedAt = '' }: CacheEntry) => verifiedAt;
  return [...cache.entries.values()]
    .filter(
      (entry) => entry.status === 'ready' && seenAt(entry) < before && isComparable(entry.evidence?.contentDigest),
    )
    .sort((one, other) => byText(seenAt(one), seenAt(other)) || one.lastUse - other.lastUse);
}

const byText = (one: string, other: string) => Number(one > other) - Number(one < other);
