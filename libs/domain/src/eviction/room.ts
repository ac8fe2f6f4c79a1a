import type { ProjectId } from '@hearth/kernel';
import { type CacheEntry, type CacheUsage, type ImageCache, isEvictable } from '../image-cache/image-cache.state';
import { type CacheLimits, isOverLimits, partOf } from './limits';
import { order } from './policy';

/** What is to be added, and for whom. */
export interface Incoming {
  readonly sizeGib: number;
  readonly projectId?: ProjectId | undefined;
  /** An entry that is there already and gets this size. */
  readonly inPlaceOf?: CacheEntry;
}

/**
 * The entries to give up so that `incoming` fits, the first to go first: the shortest list in the policy's order that makes room.
 * Undefined when nothing makes room, and then nothing is given up.
 */
export function planRoom(
  cache: ImageCache,
  { sizeGib, inPlaceOf }: Incoming,
  limits: CacheLimits,
): readonly CacheEntry[] | undefined {
  const after = {
    sizeGib: cache.usage.sizeGib + sizeGib - (inPlaceOf?.sizeGib ?? 0),
    count: cache.usage.count + (inPlaceOf ? 0 : 1),
  };
  // Not even an empty cache holds it: nothing is given up for what does not fit.
  if (isOverLimits({ sizeGib, count: 1 }, limits)) return undefined;
  return untilWithin(after, limits, order(limits.policy ?? 'lru', cache));
}

/**
 * What a project is to give up of its own, the first to go first, so that it keeps to its share with `incoming`; undefined when that
 * is more than its share. A share is a part of each limit that is set.
 */
export function planShare(
  cache: ImageCache,
  { sizeGib, projectId, inPlaceOf }: Incoming,
  limits: CacheLimits,
): readonly CacheEntry[] | undefined {
  const { projectSharePercent = 0, policy = 'lru' } = limits;
  if (projectSharePercent === 0 || projectId === undefined) return [];
  const share = partOf(limits, projectSharePercent);
  if (isOverLimits({ sizeGib, count: 1 }, share)) return undefined;
  const has = cache.usageOfProject.get(projectId) ?? { sizeGib: 0, count: 0 };
  const after = {
    sizeGib: has.sizeGib + sizeGib - (inPlaceOf?.sizeGib ?? 0),
    count: has.count + (inPlaceOf ? 0 : 1),
  };
  const isOwn = (entry: CacheEntry) => entry.projectId === projectId && isEvictable(cache, entry);
  return untilWithin(after, share, order(policy, cache, isOwn));
}

/**
 * What to give up, the first to go first, so that a cache that is above its start watermark comes down to its stop watermark, or as near
 * as entries in use and pins allow; at most `most` entries.
 */
export function planTrim(cache: ImageCache, limits: CacheLimits, most = Infinity): readonly CacheEntry[] {
  const { startPercent = 100, stopPercent = 100, policy = 'lru' } = limits;
  if (!isOverLimits(cache.usage, partOf(limits, startPercent))) return [];
  const stop = partOf(limits, Math.min(startPercent, stopPercent));
  const plan: CacheEntry[] = [];
  let { sizeGib, count } = cache.usage;
  for (const entry of order(policy, cache)) {
    if (plan.length >= most || !isOverLimits({ sizeGib, count }, stop)) break;
    plan.push(entry);
    sizeGib -= entry.sizeGib;
    count -= 1;
  }
  return plan;
}

function untilWithin(
  usage: CacheUsage,
  limits: Pick<CacheLimits, 'maxSizeGib' | 'maxCount'>,
  candidates: Iterable<CacheEntry>,
): readonly CacheEntry[] | undefined {
  let { sizeGib, count } = usage;
  if (!isOverLimits({ sizeGib, count }, limits)) return [];
  const plan: CacheEntry[] = [];
  for (const entry of candidates) {
    plan.push(entry);
    sizeGib -= entry.sizeGib;
    count -= 1;
    if (!isOverLimits({ sizeGib, count }, limits)) return plan;
  }
  return undefined;
}
