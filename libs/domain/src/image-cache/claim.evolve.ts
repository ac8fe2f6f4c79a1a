import type { VolumeId } from '@hearth/kernel';
import { forgetIfDone, patchEntry } from './entry.evolve';
import { type CacheEntry, type Claim, type ImageCache, entryOf } from './image-cache.state';

/** A create holds one claim: a new one takes the place of the old, on whichever entry that was. */
export function withClaim(cache: ImageCache, volumeId: VolumeId, claim: Claim): ImageCache {
  const cleared = withoutClaim(cache, volumeId);
  const counted = count(cleared, claim, 1);
  return { ...counted, claims: counted.claims.set(volumeId, claim) };
}

export function withoutClaim(cache: ImageCache, volumeId: VolumeId): ImageCache {
  const claim = cache.claims.get(volumeId);
  if (!claim) return cache;
  const counted = count(cache, claim, -1);
  return forgetIfDone({ ...counted, claims: counted.claims.delete(volumeId) }, claim.generation);
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

function count(cache: ImageCache, { generation, stage }: Claim, by: 1 | -1): ImageCache {
  const entry = entryOf(cache, generation);
  if (!entry) return cache;
  return patchEntry(cache, generation, {
    claims: entry.claims + by,
    leases: entry.leases + (stage === 'leased' ? by : 0),
  });
}
