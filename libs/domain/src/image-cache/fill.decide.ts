import { arePropertiesStorable, type Failure, type ImageCacheEvent, type RefusalCode } from '@hearth/contracts';
import { type Decision, type Generation, type VolumeId, refuse } from '@hearth/kernel';
import { planRoom, planShare } from '../eviction/room';
import { sharedContentKeys } from './content-key';
import type { CommandOf } from './image-cache.commands';
import { evolve } from './image-cache.evolve';
import { type CacheEntry, type ImageCache, entryOf } from './image-cache.state';
import { prefetchEnded } from './prefetch.decide';
import { evicted, evictionsAtOnceMax } from './retire.decide';

type CacheDecision = Decision<ImageCacheEvent, RefusalCode>;

/** How often a fill is begun for those who wait for it before they are all told that it failed. */
export const fillAttemptsMax = 3;

/** Waiting creates that one commit may wake: it keeps a commit well under its limit in bytes. */
export const releasedAtOnceMax = 2000;

export function sizeFill({ generation, sizeGib, limits }: CommandOf<'SizeFill'>, cache: ImageCache): CacheDecision {
  const entry = entryOf(cache, generation);
  if (entry?.status !== 'filling') return refuse('image-cache.not_filling', { generation });
  if (entry.sizeGib === sizeGib) return [];
  const { policy = 'lru' } = limits;
  const incoming = { sizeGib, projectId: entry.projectId, inPlaceOf: entry };
  const own = planShare(cache, incoming, limits);
  if (!own) return refuse('image-cache.project_share', { sizeGib, percent: limits.projectSharePercent ?? 0 });
  const reason = policy === 'lru' ? 'lru' : 'limit';
  const ownGo = own.map((idle) => evicted(idle, reason));
  const room = planRoom(ownGo.reduce(evolve, cache), incoming, limits);
  if (!room || own.length + room.length > evictionsAtOnceMax) {
    return refuse('image-cache.larger_than_cache', { sizeGib, maxSizeGib: limits.maxSizeGib });
  }
  const othersGo = room.map((idle) => evicted(idle, reason, { policy }));
  return [...ownGo, ...othersGo, { type: 'fill-sized', data: { generation, sizeGib } }];
}

/**
 * The entry becomes servable, its filler gets the first lease, those who waited are woken, and a prefetch of the image has ended: one
 * decision. Of an entry that is suspended nobody gets a lease. An entry that learns what it is a copy of only now is refused where
 * another copy of that serves already, or is made, and where a commit could not hold the image.
 */
export function completeFill({ created, identity }: CommandOf<'CompleteFill'>, cache: ImageCache): CacheDecision {
  const { generation, at } = created;
  const entry = entryOf(cache, generation);
  if (entry?.status === 'ready') return [];
  if (entry?.status !== 'filling') return refuse('image-cache.not_filling', { generation });
  if (identity && !(mayServe(generation, identity, cache) && arePropertiesStorable(identity.image))) {
    return refuse('image-cache.no_room', { generation, content: identity.content });
  }
  const { imageVolumeId, sizeGib } = entry;
  const { id: imageId } = identity?.image ?? entry.image;
  const identified: ImageCacheEvent[] = identity ? [{ type: 'identified', data: { generation, ...identity } }] : [];
  const create: ImageCacheEvent = { type: 'create', data: { ...created, imageId, imageVolumeId, sizeGib } };
  const holder = heldByFiller(cache, entry);
  const lease: ImageCacheEvent[] = holder
    ? [{ type: 'leased', data: { generation, volumeId: holder, outcome: 'miss', ...(at === undefined ? {} : { at }) } }]
    : [];
  const prefetch = cache.prefetches.get(imageId);
  const outcome = prefetch?.cancelled ? 'cancelled' : 'cached';
  return [
    ...identified,
    create,
    ...lease,
    ...released(cache, generation, holder),
    ...(prefetch ? [prefetchEnded(prefetch, { outcome, generation, at })] : []),
  ];
}

/** Nobody else serves, or is to serve, the same content. */
function mayServe(generation: Generation, { content }: { readonly content: string }, cache: ImageCache): boolean {
  return (cache.serving.get(content) ?? generation) === generation;
}

function heldByFiller(cache: ImageCache, { generation, filler, suspended }: CacheEntry): VolumeId | null {
  const { volumeId } = filler;
  return volumeId && !suspended && cache.claims.get(volumeId)?.generation === generation ? volumeId : null;
}

/**
 * A permanent failure is everybody's; a transient one is handed on to whoever of those who wait comes first, or to the next attempt of
 * the prefetch. Where others wait for the same bytes by another image's name, an image that is gone is no failure of theirs.
 */
export function failFill(
  { generation, failure, transient, ofFiller = false, unlessWanted, at }: CommandOf<'FailFill'>,
  cache: ImageCache,
): CacheDecision {
  const entry = entryOf(cache, generation);
  if (!entry || entry.status === 'retired') return [];
  if (entry.status === 'ready') return refuse('image-cache.not_filling', { generation });
  if (unlessWanted && isWanted(cache, entry)) return [];
  if (ofFiller || (failure.code === 'image.not_found' && mayServeOthers(entry))) {
    return fillFailed(cache, entry, { failure, handedOn: 'of-filler', at });
  }
  const again = transient && entry.filler.attempt < fillAttemptsMax;
  return fillFailed(cache, entry, { failure, handedOn: again && 'again', at });
}

/** It is known by the bytes' hash, which other images may have. */
function mayServeOthers({ image, content }: CacheEntry): boolean {
  return sharedContentKeys(image).includes(content);
}

interface FillEnd {
  readonly failure: Failure;
  /** Whether those who wait begin another, and whether whoever began this one may, too. */
  readonly handedOn: false | 'again' | 'of-filler';
  readonly at?: string | undefined;
}

/** What becomes of those who wait, creates and a prefetch, is part of the decision. */
export function fillFailed(cache: ImageCache, entry: CacheEntry, end: FillEnd): ImageCacheEvent[] {
  const { generation } = entry;
  const { failure, handedOn } = end;
  const failed = { generation, failure, transient: handedOn !== false };
  return [
    { type: 'fill-failed', data: handedOn === 'of-filler' ? { ...failed, ofFiller: true } : failed },
    ...released(cache, generation, null),
    ...ofPrefetch(cache, entry, end),
  ];
}

function isWanted(cache: ImageCache, { claims, imageId }: CacheEntry): boolean {
  return claims > 0 || cache.prefetches.get(imageId)?.cancelled === false;
}

function ofPrefetch(
  cache: ImageCache,
  { imageId, generation, prefetchId }: CacheEntry,
  { failure, handedOn, at }: FillEnd,
): ImageCacheEvent[] {
  const prefetch = cache.prefetches.get(imageId);
  if (!prefetch) return [];
  if (prefetch.cancelled) return [prefetchEnded(prefetch, { outcome: 'cancelled', generation, at })];
  if (handedOn === 'again' || prefetch.prefetchId !== prefetchId) return [];
  return [prefetchEnded(prefetch, { outcome: 'error', generation, failure, at })];
}

export function releaseWaiters(
  { generation }: CommandOf<'ReleaseWaiters'>,
  cache: ImageCache,
): readonly ImageCacheEvent[] {
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
