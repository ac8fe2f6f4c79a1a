import { type CacheSettings, type EvictionPolicy, effectiveCacheSettings } from '@hearth/contracts';
import type { CacheUsage } from '../image-cache/image-cache.state';

/** What a pool's cache may hold; each limit of 0 means unlimited, and each holds by itself. */
export interface CacheLimits {
  /** GiB, a part of one where it comes from a percentage. */
  readonly maxSizeGib: number;
  readonly maxCount: number;
  /** In which order entries are given up; `lru` unless told. */
  readonly policy?: EvictionPolicy;
  /** Of each limit: a trim begins above `startPercent` and ends at `stopPercent`; 100 unless told. */
  readonly startPercent?: number;
  readonly stopPercent?: number;
  /** Of each limit, what the entries that one project's creates began may take; 0, all, unless told. */
  readonly projectSharePercent?: number;
  /** Contents of one image id that stay at the most; 1 unless told. */
  readonly keepGenerations?: number;
}

/**
 * The limits of a pool with `totalGib` of space; null where that is unknown, and then there is no limit in percent. Of GiB and percent
 * the tighter holds.
 */
export function cacheLimits(settings: CacheSettings, totalGib: number | null): CacheLimits {
  const { maxSizeGib, maxCount, maxPercent, policy, watermarks, projectSharePercent, keepGenerations } =
    effectiveCacheSettings(settings);
  const byPercent = totalGib !== null && totalGib > 0 ? (totalGib * maxPercent) / 100 : 0;
  const tightest = Math.min(...[maxSizeGib, byPercent].filter((limit) => limit > 0));
  return {
    ...{ maxSizeGib: tightest === Infinity ? 0 : tightest, maxCount },
    ...{ policy, ...watermarks, projectSharePercent, keepGenerations },
  };
}

/** True when an image of this size may be cached at all: over the GiB limit it is not, and evicts nothing. */
export function fitsCache(sizeGib: number, { maxSizeGib }: Pick<CacheLimits, 'maxSizeGib'>): boolean {
  return maxSizeGib === 0 || sizeGib <= maxSizeGib;
}

/** Whether so much is more than the limits allow. */
export function isOverLimits(
  { sizeGib, count }: CacheUsage,
  { maxSizeGib, maxCount }: Pick<CacheLimits, 'maxSizeGib' | 'maxCount'>,
): boolean {
  return (maxSizeGib > 0 && sizeGib > maxSizeGib) || (maxCount > 0 && count > maxCount);
}

/** `percent` of each limit that is set. No part of one is unlimited, and an entry is whole: of the count at least one is left. */
export function partOf(
  { maxSizeGib, maxCount }: Pick<CacheLimits, 'maxSizeGib' | 'maxCount'>,
  percent: number,
): Pick<CacheLimits, 'maxSizeGib' | 'maxCount'> {
  return {
    maxSizeGib: maxSizeGib === 0 ? 0 : Math.max(Number.MIN_VALUE, (maxSizeGib * percent) / 100),
    maxCount: maxCount === 0 ? 0 : Math.max(1, Math.floor((maxCount * percent) / 100)),
  };
}
