import type { Actor, EvictReason, EvictionPolicy, ImageCacheEvent, RefusalCode } from '@hearth/contracts';
import { type Decision, refuse } from '@hearth/kernel';
import { planTrim } from '../eviction/room';
import type { CommandOf } from './image-cache.commands';
import { type CacheEntry, type ImageCache, entryOf, isPinned } from './image-cache.state';

type CacheDecision = Decision<ImageCacheEvent, RefusalCode>;

/** Entries that one decision may give up: it keeps a commit well under its limit in bytes. */
export const evictionsAtOnceMax = 500;

/** What is known of an eviction beside the entry and the reason. */
export interface EvictionDetails {
  readonly policy?: EvictionPolicy | undefined;
  readonly by?: Actor | undefined;
  readonly at?: string | undefined;
}

export function evicted(entry: CacheEntry, reason: EvictReason, details: EvictionDetails = {}): ImageCacheEvent {
  const { generation, imageId, imageVolumeId, sizeGib } = entry;
  const said = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
  return { type: 'evict', data: { generation, imageId, imageVolumeId, sizeGib, reason, ...(said as EvictionDetails) } };
}

/** Stops serving at once; clones that run keep the image-volume until they have ended. A running fill is failed instead. */
export function retireEntry(
  { generation, reason, ifIdle, unlessPinned, ifStill, by, at }: CommandOf<'RetireEntry'>,
  cache: ImageCache,
): CacheDecision {
  const entry = entryOf(cache, generation);
  if (!entry) return refuse('image-cache.entry_not_found', { generation });
  if (entry.status === 'retired') return [];
  if (entry.status === 'filling') return refuse('image-cache.entry_not_found', { generation, status: entry.status });
  if (ifIdle && entry.claims > 0) return refuse('image-cache.entry_leased', { generation, creates: entry.claims });
  if (unlessPinned && isPinned(cache, entry)) return [];
  if (ifStill && !isStill(entry, ifStill)) return [];
  return [evicted(entry, reason, { by, at })];
}

function isStill({ lastUse, suspended }: CacheEntry, then: Pick<CacheEntry, 'lastUse' | 'suspended'>): boolean {
  return lastUse === then.lastUse && suspended?.cause === then.suspended?.cause && suspended?.at === then.suspended?.at;
}

export function trimToLimits(
  { limits, evictionsMax, at }: CommandOf<'TrimToLimits'>,
  cache: ImageCache,
): readonly ImageCacheEvent[] {
  const { policy = 'lru' } = limits;
  return planTrim(cache, limits, Math.min(evictionsMax, evictionsAtOnceMax)).map((entry) =>
    evicted(entry, 'limit', { policy, at }),
  );
}

export function recordReaped({ generation }: CommandOf<'RecordReaped'>, cache: ImageCache): CacheDecision {
  const entry = entryOf(cache, generation);
  if (!entry || entry.reaped) return [];
  if (entry.status !== 'retired' || entry.leases > 0) return refuse('image-cache.entry_leased', { generation });
  return [{ type: 'reaped', data: { generation, imageVolumeId: entry.imageVolumeId, sizeGib: entry.sizeGib } }];
}
