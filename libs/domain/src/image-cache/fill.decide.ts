import { arePropertiesStorable, type ImageCacheEvent, type RefusalCode } from '@hearth/contracts';
import { type Decision, type Generation, type VolumeId, refuse } from '@hearth/kernel';
import { planEviction } from './eviction';
import type { CommandOf } from './image-cache.commands';
import { type ImageCache, entryOf } from './image-cache.state';
import { evicted, evictedAtOnceMax, idleEntries } from './retire.decide';

type CacheDecision = Decision<ImageCacheEvent, RefusalCode>;

/** How often a fill is begun for those who wait for it before they are all told that it failed. */
export const fillAttemptsMax = 3;

/** Waiting creates that one commit may wake: it keeps a commit well under its limit in bytes. */
export const releasedAtOnceMax = 2000;

export function sizeFill({ generation, sizeGib, limits }: CommandOf<'SizeFill'>, cache: ImageCache): CacheDecision {
  const entry = entryOf(cache, generation);
  if (entry?.status !== 'filling') return refuse('image-cache.not_filling', { generation });
  if (entry.sizeGib === sizeGib) return [];
  const usage = { sizeGib: cache.usage.sizeGib - entry.sizeGib, count: cache.usage.count - 1 };
  const plan = planEviction(idleEntries(cache), usage, { sizeGib, count: 1 }, limits);
  if (!plan || plan.length > evictedAtOnceMax) {
    return refuse('image-cache.larger_than_cache', { sizeGib, maxSizeGib: limits.maxSizeGib });
  }
  return [...plan.map((idle) => evicted(idle, 'lru')), { type: 'fill-sized', data: { generation, sizeGib } }];
}

/**
 * The entry becomes servable, its filler gets the first lease, and those who waited are woken: one decision. An entry that learns what it
 * is a copy of only now is refused where another copy of that serves already, or is made, and where a commit could not hold the image.
 */
export function completeFill({ created, identity }: CommandOf<'CompleteFill'>, cache: ImageCache): CacheDecision {
  const { generation } = created;
  const entry = entryOf(cache, generation);
  if (entry?.status === 'ready') return [];
  if (entry?.status !== 'filling') return refuse('image-cache.not_filling', { generation });
  if (identity && !(mayServe(generation, identity, cache) && arePropertiesStorable(identity.image))) {
    return refuse('image-cache.no_room', { generation, content: identity.content });
  }
  const { imageVolumeId, sizeGib, filler } = entry;
  const { id: imageId } = identity?.image ?? entry.image;
  const identified: ImageCacheEvent[] = identity ? [{ type: 'identified', data: { generation, ...identity } }] : [];
  const create: ImageCacheEvent = { type: 'create', data: { ...created, imageId, imageVolumeId, sizeGib } };
  const lease: ImageCacheEvent[] =
    filler.volumeId && cache.claims.get(filler.volumeId)?.generation === generation
      ? [{ type: 'leased', data: { generation, volumeId: filler.volumeId, outcome: 'miss' } }]
      : [];
  return [...identified, create, ...lease, ...released(cache, generation, filler.volumeId)];
}

/** Nobody else serves, or is to serve, the same content. */
function mayServe(generation: Generation, { content }: { readonly content: string }, cache: ImageCache): boolean {
  return (cache.serving.get(content) ?? generation) === generation;
}

/** A permanent failure is everybody's; a transient one is handed on to whoever of those who wait comes first. */
export function failFill({ generation, failure, transient }: CommandOf<'FailFill'>, cache: ImageCache): CacheDecision {
  const entry = entryOf(cache, generation);
  if (!entry || entry.status === 'retired') return [];
  if (entry.status === 'ready') return refuse('image-cache.not_filling', { generation });
  const again = transient && entry.filler.attempt < fillAttemptsMax;
  return [
    { type: 'fill-failed', data: { generation, failure, transient: again } },
    ...released(cache, generation, null),
  ];
}

export function releaseWaiters({ generation }: CommandOf<'ReleaseWaiters'>, cache: ImageCache): CacheDecision {
  const entry = entryOf(cache, generation);
  if (!entry || entry.status === 'filling') return [];
  return released(cache, generation, null);
}

/** Creates that still wait for this generation, though it no longer fills. */
export function waitersOf(cache: ImageCache, generation: Generation): VolumeId[] {
  const waiting: VolumeId[] = [];
  for (const [volumeId, claim] of cache.claims) {
    if (claim.generation === generation && (claim.stage === 'waiting' || claim.stage === 'filling')) {
      waiting.push(volumeId as VolumeId);
    }
  }
  return waiting.sort();
}

function released(cache: ImageCache, generation: Generation, except: VolumeId | null): ImageCacheEvent[] {
  const volumeIds = waitersOf(cache, generation)
    .filter((volumeId) => volumeId !== except)
    .slice(0, releasedAtOnceMax);
  return volumeIds.length === 0 ? [] : [{ type: 'released', data: { generation, volumeIds } }];
}
