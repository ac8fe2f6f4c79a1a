import type { EvictReason, ImageCacheEvent } from '@hearth/contracts';
import { isExpired, isPastGrace, isUnused } from '../eviction/ageing';
import { superseded } from '../eviction/generations';
import type { CommandOf } from './image-cache.commands';
import { type CacheEntry, type ImageCache, isIdle, isPinned, isPinnedForAnother } from './image-cache.state';
import { evicted, evictionsAtOnceMax } from './retire.decide';
import type { PruneRule } from './steward.commands';

/** An entry that a rule takes, and why. */
export interface Prunable {
  readonly entry: CacheEntry;
  readonly reason: EvictReason;
}

/** Evicts what the rule takes, at most so many in one decision. */
export function prune(
  { rule, evictionsMax, at, by }: CommandOf<'Prune'>,
  cache: ImageCache,
): readonly ImageCacheEvent[] {
  const most = Math.min(evictionsMax, evictionsAtOnceMax);
  const events: ImageCacheEvent[] = [];
  for (const { entry, reason } of planPrune(cache, rule, at)) {
    if (events.length >= most) break;
    events.push(evicted(entry, reason, { by, at }));
  }
  return events;
}

/**
 * What a rule would take now, the oldest generation first: for a dry run, and for totals. In use nothing goes; what is pinned only where
 * the rule says so, or where its image is gone or has another content.
 */
export function* planPrune(cache: ImageCache, rule: PruneRule, now: string): Iterable<Prunable> {
  for (const entry of cache.entries.values()) {
    if (!isIdle(entry)) continue;
    const reason = reasonOf(cache, entry, rule, now);
    if (reason) yield { entry, reason };
  }
}

function reasonOf(cache: ImageCache, entry: CacheEntry, rule: PruneRule, now: string): EvictReason | undefined {
  const isHeld = isPinned(cache, entry);
  if (rule.kind === 'ageing') {
    if (isPastGrace(entry, rule, now) && !isPinnedForAnother(cache, entry)) return 'image-deleted';
    if (isSuperseded(cache, entry, rule.keepGenerations)) return rule.keepGenerations === 1 ? 'stale' : 'superseded';
    if (isHeld) return undefined;
    if (cache.off?.ready === 'drain') return 'drained';
    if (isExpired(entry, rule, now)) return 'ttl';
    return isUnused(entry, rule, now) ? 'unused' : undefined;
  }
  const isMeant = rule.kind === 'all' || rule.imageId === entry.imageId;
  return isMeant && (rule.pinned || !isHeld) ? 'manual' : undefined;
}

/** A newer content serves already: one that is still being filled may fail. */
function isSuperseded(cache: ImageCache, entry: CacheEntry, keep: number): boolean {
  const generations = cache.byImage.get(entry.imageId) ?? [];
  return generations.length > keep && superseded(cache, entry.imageId, { keep }).includes(entry);
}
