import { type Generation, OrderedMap, PersistentMap } from '@hearth/kernel';
import { addEntry } from './entry.evolve';
import { withPin } from './steward.evolve';
import {
  type Asked,
  type CacheEntry,
  type Claim,
  type ImageCache,
  type Pin,
  type Prefetch,
  emptyCache,
} from './image-cache.state';

/** Names the shape below and the rules that fold it: to be changed with either, and then every snapshot is folded anew. */
export const imageCacheFingerprint = 'image-cache/10';

type Pairs<Value> = readonly (readonly [string, Value])[];

interface SavedCache extends Pick<ImageCache, 'tick' | 'generations' | 'off' | 'hand' | 'inflation'> {
  readonly entries: readonly CacheEntry[];
  readonly claims: Pairs<Claim>;
  readonly failedAttempts: Pairs<number>;
  readonly pins: Pairs<Pin>;
  readonly prefetches: readonly Prefetch[];
  readonly asked: { readonly recent: Pairs<Asked>; readonly earlier: Pairs<Asked> };
}

/** The state as plain JSON. What follows from the entries is not saved but computed again. */
export function encodeImageCache(cache: ImageCache): unknown {
  const { tick, generations, off, hand, inflation, entries, claims, failedAttempts, pins, prefetches, asked } = cache;
  const saved: SavedCache = {
    ...{ tick, generations, off, hand, inflation },
    entries: [...entries.values()],
    claims: [...claims],
    failedAttempts: [...failedAttempts],
    pins: [...pins],
    prefetches: [...prefetches.values()],
    asked: { recent: [...asked.recent], earlier: [...asked.earlier] },
  };
  return saved;
}

/** Back from there. The snapshot's fingerprint has been compared; a shape that does not fit throws. */
export function decodeImageCache(json: unknown): ImageCache {
  const { tick, generations, off, hand, inflation, ...saved } = json as SavedCache;
  const retired = saved.entries.filter((entry) => entry.status === 'retired');
  const start: ImageCache = {
    ...emptyCache,
    entries: OrderedMap.of(retired.map((entry): readonly [Generation, CacheEntry] => [entry.generation, entry])),
  };
  const indexed = saved.entries.filter((entry) => entry.status !== 'retired').reduce(addEntry, start);
  const pinned = saved.pins.reduce((cache, [imageId, pin]) => withPin(cache, imageId, pin), indexed);
  return {
    ...pinned,
    ...{ tick, generations, off, hand, inflation },
    claims: PersistentMap.from(saved.claims),
    failedAttempts: PersistentMap.from(saved.failedAttempts),
    prefetches: PersistentMap.from(saved.prefetches.map((prefetch) => [prefetch.imageId, prefetch] as const)),
    asked: { recent: PersistentMap.from(saved.asked.recent), earlier: PersistentMap.from(saved.asked.earlier) },
  };
}
