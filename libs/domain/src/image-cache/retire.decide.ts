import type { EvictReason, ImageCacheEvent, RefusalCode } from '@hearth/contracts';
import { type Decision, refuse } from '@hearth/kernel';
import { planTrim } from './eviction';
import type { CommandOf } from './image-cache.commands';
import { type CacheEntry, type ImageCache, entryOf } from './image-cache.state';

type CacheDecision = Decision<ImageCacheEvent, RefusalCode>;

/** Entries that one commit may give up: it keeps a commit well under its limit in bytes. */
export const evictedAtOnceMax = 1_000;

/** Entries that may be given up: ready, and no create holds a claim on them. */
export function idleEntries(cache: ImageCache): CacheEntry[] {
  return [...cache.entries.values()].filter((entry) => entry.status === 'ready' && entry.claims === 0);
}

export function evicted(entry: CacheEntry, reason: EvictReason): ImageCacheEvent {
  const { generation, imageId, imageVolumeId, sizeGib } = entry;
  return { type: 'evict', data: { generation, imageId, imageVolumeId, sizeGib, reason } };
}

/** Stops serving at once; clones that run keep the image-volume until they have ended. A running fill is failed instead. */
export function retireEntry({ generation, reason }: CommandOf<'RetireEntry'>, cache: ImageCache): CacheDecision {
  const entry = entryOf(cache, generation);
  if (!entry) return refuse('image-cache.entry_not_found', { generation });
  if (entry.status === 'retired') return [];
  if (entry.status === 'filling') return refuse('image-cache.entry_not_found', { generation, status: entry.status });
  return [evicted(entry, reason)];
}

export function trimToLimits({ limits, evictionsMax }: CommandOf<'TrimToLimits'>, cache: ImageCache): CacheDecision {
  return planTrim(idleEntries(cache), cache.usage, limits)
    .slice(0, Math.min(evictionsMax, evictedAtOnceMax))
    .map((entry) => evicted(entry, 'limit'));
}

export function recordReaped({ generation }: CommandOf<'RecordReaped'>, cache: ImageCache): CacheDecision {
  const entry = entryOf(cache, generation);
  if (!entry || entry.reaped) return [];
  if (entry.status !== 'retired' || entry.leases > 0) return refuse('image-cache.entry_leased', { generation });
  return [{ type: 'reaped', data: { generation, imageVolumeId: entry.imageVolumeId, sizeGib: entry.sizeGib } }];
}
