import type { EvictionPolicy } from '@hearth/contracts';
import { type CacheEntry, type ImageCache, isEvictable } from '../image-cache/image-cache.state';
import { leastWorth } from './cost-aware';
import { leastRecentlyUsed } from './lru';
import { handAfterTaking, sieved } from './sieve';

type Order = (cache: ImageCache, mayGo: (entry: CacheEntry) => boolean) => Iterable<CacheEntry>;

const orders: Readonly<Record<EvictionPolicy, Order>> = {
  lru: leastRecentlyUsed,
  sieve: sieved,
  'cost-aware': leastWorth,
};

/**
 * The entries that `mayGo`, the first to go first, found as they are asked for. What every policy remembers is kept at all times, so
 * that another may be chosen at any moment.
 */
export function order(
  policy: EvictionPolicy,
  cache: ImageCache,
  mayGo: (entry: CacheEntry) => boolean = (entry) => isEvictable(cache, entry),
): Iterable<CacheEntry> {
  return orders[policy](cache, mayGo);
}

/** What the policy that chose `victim` remembers of it; nothing where none did. */
export function afterEviction(cache: ImageCache, victim: CacheEntry, policy: EvictionPolicy | undefined): ImageCache {
  if (policy === 'sieve') return { ...cache, hand: handAfterTaking(cache, victim) };
  if (policy === 'cost-aware') return { ...cache, inflation: Math.max(cache.inflation, victim.priority) };
  return cache;
}
