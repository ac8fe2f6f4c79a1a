import type { Generation, VolumeId } from '@hearth/kernel';
import { forgetIfDone, withEntry } from './entry.evolve';
import { type CacheEntry, type Claim, type ImageCache, entryOf } from './image-cache.state';

/** A create holds one claim: a new one takes the place of the old, on whichever entry that was. */
export function withClaim(
  cache: ImageCache,
  volumeId: VolumeId,
  claim: Claim,
  /** Puts the entry, on which the claim is counted already, back into the cache. */
  put: (cache: ImageCache, entry: CacheEntry) => ImageCache = withEntry,
): ImageCache {
  const cleared = withoutClaim(cache, volumeId);
  const entry = entryOf(cleared, claim.generation);
  const counted = entry ? put(cleared, counting(entry, claim, 1)) : cleared;
  return { ...counted, claims: cleared.claims.set(volumeId, claim) };
}

/** `patch` is what else becomes of the entry that was claimed. */
export function withoutClaim(
  cache: ImageCache,
  volumeId: VolumeId,
  patch: (entry: CacheEntry) => CacheEntry = (entry) => entry,
): ImageCache {
  const claim = cache.claims.get(volumeId);
  if (!claim) return cache;
  const entry = entryOf(cache, claim.generation);
  const counted = entry ? withEntry(cache, counting(patch(entry), claim, -1)) : cache;
  const left = forgetAttempts({ ...counted, claims: cache.claims.delete(volumeId) }, claim.generation);
  return forgetIfDone(left, claim.generation);
}

/** Attempts that failed count for those who wait: when the last of them goes and none runs, whoever comes later has three of its own. */
function forgetAttempts(cache: ImageCache, generation: Generation): ImageCache {
  const { failure, claims, content } = entryOf(cache, generation) ?? {};
  if (content === undefined || !failure?.transient || claims !== 0 || cache.serving.has(content)) return cache;
  return { ...cache, failedAttempts: cache.failedAttempts.delete(content) };
}

export function release(cache: ImageCache, volumeId: VolumeId): ImageCache {
  const claim = cache.claims.get(volumeId);
  if (!claim || claim.stage === 'leased') return cache;
  return { ...cache, claims: cache.claims.set(volumeId, { ...claim, stage: 'released' }) };
}

/**
 * A final failure is also that of creates which were released from an earlier attempt and have not asked again yet: they
 * would begin three attempts of their own.
 */
export function shareFailure(cache: ImageCache, { content, generation }: CacheEntry): ImageCache {
  let shared = cache;
  for (const [volumeId, claim] of cache.claims) {
    if (claim.stage !== 'released' || claim.generation === generation) continue;
    const earlier = entryOf(cache, claim.generation);
    if (earlier?.content === content && earlier.failure?.transient) {
      shared = withClaim(shared, volumeId as VolumeId, { ...claim, generation });
    }
  }
  return shared;
}

function counting(entry: CacheEntry, { stage }: Claim, by: 1 | -1): CacheEntry {
  return { ...entry, claims: entry.claims + by, leases: entry.leases + (stage === 'leased' ? by : 0) };
}
