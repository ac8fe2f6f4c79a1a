import { type Generation, PersistentMap, type VolumeId } from '@hearth/kernel';
import type { CacheEntry, Claim, ImageCache } from './image-cache.state';

/** Names the shape below and the rules that fold it: to be changed with either, and then every snapshot is folded anew. */
export const imageCacheFingerprint = 'image-cache/5';

interface SavedCache {
  readonly tick: number;
  readonly generations: number;
  readonly entries: readonly CacheEntry[];
  readonly claims: readonly (readonly [VolumeId, Claim])[];
  readonly failedAttempts: readonly (readonly [string, number])[];
}

/** The state as plain JSON. What follows from the entries is not saved but computed again. */
export function encodeImageCache(cache: ImageCache): unknown {
  const { tick, generations, entries, claims, failedAttempts } = cache;
  const saved: SavedCache = {
    tick,
    generations,
    entries: [...entries.values()],
    claims: [...claims] as (readonly [VolumeId, Claim])[],
    failedAttempts: [...failedAttempts],
  };
  return saved;
}

/** Back from there. The snapshot's fingerprint has been compared; a shape that does not fit throws. */
export function decodeImageCache(json: unknown): ImageCache {
  const { tick, generations, entries, claims, failedAttempts } = json as SavedCache;
  const live = entries.filter((entry) => entry.status !== 'retired');
  return {
    tick,
    generations,
    entries: PersistentMap.from(entries.map((entry) => [String(entry.generation), entry] as const)),
    serving: PersistentMap.from(live.map((entry): readonly [string, Generation] => [entry.content, entry.generation])),
    claims: PersistentMap.from(claims),
    failedAttempts: PersistentMap.from(failedAttempts),
    usage: { sizeGib: live.reduce((sum, entry) => sum + entry.sizeGib, 0), count: live.length },
  };
}
