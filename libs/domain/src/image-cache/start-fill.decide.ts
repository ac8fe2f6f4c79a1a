import {
  arePropertiesStorable,
  type EvictReason,
  type EvictionPolicy,
  type ImageCacheEvent,
  type RefusalCode,
} from '@hearth/contracts';
import { type Decision, type Generation, type ProjectId, type VolumeId, refuse } from '@hearth/kernel';
import { superseded } from '../eviction/generations';
import { fitsCache } from '../eviction/limits';
import { planRoom, planShare } from '../eviction/room';
import type { FillRequest } from './image-cache.commands';
import { evolve } from './image-cache.evolve';
import type { CacheEntry, ImageCache } from './image-cache.state';
import { evicted, evictionsAtOnceMax } from './retire.decide';

/** For whom, or in whose place, a fill is begun. */
export interface FillFor {
  /** The create that waits for it; null where none does. */
  readonly volumeId: VolumeId | null;
  readonly projectId?: ProjectId | undefined;
  readonly prefetchId?: string | undefined;
  readonly successorOf?: Generation | undefined;
}

/**
 * Makes room, then adds, in one decision, so that the limits hold at every moment, the filling entry included: first older contents of
 * the image, then the project's own entries where it is over its share, then by the policy. What one commit could
 * not hold is not cached. What the policy remembers is of all entries: what a project gives up of its own moves nothing of it.
 */
export function startFill(
  request: FillRequest,
  cache: ImageCache,
  { volumeId, projectId, prefetchId, successorOf }: FillFor,
): Decision<ImageCacheEvent, RefusalCode> {
  const { content, image, imageVolumeId, sizeGib, filler, limits, at } = request;
  const { maxSizeGib, maxCount, policy = 'lru', keepGenerations: keep = 1 } = limits;
  if (cache.off) return refuse('image-cache.switched_off');
  if (!arePropertiesStorable(image)) return refuse('image-cache.no_room', { sizeGib, maxSizeGib, maxCount });
  if (!fitsCache(sizeGib, limits)) return refuse('image-cache.larger_than_cache', { sizeGib, maxSizeGib });

  const evictions: ImageCacheEvent[] = [];
  let after = cache;
  const giveUp = (entries: readonly CacheEntry[], reason: EvictReason, chosenBy?: EvictionPolicy) => {
    const events = entries.map((entry) => evicted(entry, reason, { policy: chosenBy, at }));
    evictions.push(...events);
    after = events.reduce(evolve, after);
  };
  giveUp(superseded(cache, image.id, { keep, content }), keep === 1 ? 'stale' : 'superseded');
  const own = planShare(after, { sizeGib, projectId }, limits);
  if (!own) return refuse('image-cache.project_share', { sizeGib, percent: limits.projectSharePercent ?? 0 });
  giveUp(own, policy === 'lru' ? 'lru' : 'limit');
  const room = planRoom(after, { sizeGib }, limits);
  if (!room || evictions.length + room.length > evictionsAtOnceMax) {
    return refuse('image-cache.no_room', { sizeGib, maxSizeGib, maxCount });
  }
  giveUp(room, policy === 'lru' ? 'lru' : 'limit', policy);

  const attempt = (cache.failedAttempts.get(content) ?? 0) + 1;
  const generation = (cache.generations + 1) as Generation;
  const { internalProjectId, internalUserId } = request;
  const why = { prefetchId, projectId, successorOf, at };
  const data = { generation, content, image, imageVolumeId, sizeGib, volumeId, ...filler, attempt };
  return [...evictions, { type: 'fill-started', data: { ...data, internalProjectId, internalUserId, ...why } }];
}
