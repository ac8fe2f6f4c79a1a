import type { PruneCacheRequest } from '@hearth/cinder-v3';
import { effectiveCacheSettings } from '@hearth/contracts';
import {
  cacheLimits,
  type CacheEntry,
  type ImageCache,
  imageCacheDecider,
  isEvictable,
  isIdle,
  order,
  planPrune,
  planTrim,
  unusedSeconds,
} from '@hearth/domain';
import { fold, isRefusal } from '@hearth/kernel';
import type { CachePoolView } from '@hearth/read-model';
import type { VolumeServices } from '../volumes/volume-services';
import { poolReportOf } from '../volumes/pool-reports';
import { oldEntries } from './old-entries';
import type { Doomed, RemovalPlan } from './removal';

/** Everything that is not in use; pinned entries too where that is said. */
export function clearing({ pinned, now }: { readonly pinned: boolean; readonly now: string }): RemovalPlan {
  return (cache) => planPrune(cache, { kind: 'all', pinned }, now);
}

/** What serves nobody, for its image is gone or out of sight, without waiting for the grace period. */
export const cleaning: RemovalPlan = (cache) =>
  [...cache.entries.values()].filter(isOrphaned).map((entry) => ({ entry, reason: 'image-deleted' }));

function isOrphaned(entry: CacheEntry): boolean {
  return isIdle(entry) && entry.suspended !== undefined && entry.suspended.cause !== 'deactivated';
}

/** Down to what is asked for, or to the pool's own limits and ages. Pinned entries stay. */
export function pruning(
  services: VolumeServices,
  { targets }: Pick<PruneCacheRequest, 'targets'>,
  now: string,
): RemovalPlan {
  const isOwn = Object.values(targets).every((target) => target === undefined);
  return isOwn
    ? (cache, pool) => byOwnRules(services, cache, pool, now)
    : (cache, pool) => byTargets(services, targets, { cache, pool, now });
}

async function byOwnRules(
  services: VolumeServices,
  cache: ImageCache,
  { pool, settings }: CachePoolView,
  now: string,
): Promise<Iterable<Doomed>> {
  if (!settings) return [];
  const limits = cacheLimits(settings, (await poolReportOf(services, pool))?.totalGib ?? null);
  const aged = [...planPrune(cache, { kind: 'ageing', ...effectiveCacheSettings(settings) }, now)];
  const trimmed = planTrim(aged.reduce(without, cache), limits).map((entry) => ({ entry, reason: 'limit' as const }));
  return [...aged, ...trimmed];
}

/** The cache once that is gone. */
function without(cache: ImageCache, { entry: { generation }, reason }: Doomed): ImageCache {
  const decision = imageCacheDecider.decide({ do: 'RetireEntry', generation, reason }, cache);
  return isRefusal(decision) ? cache : fold(imageCacheDecider, decision, cache);
}

interface Pruned {
  readonly cache: ImageCache;
  readonly pool: CachePoolView;
  readonly now: string;
}

async function byTargets(
  { database }: VolumeServices,
  { sizeGib, count, olderThanSeconds, unusedForSeconds }: PruneCacheRequest['targets'],
  { cache, pool, now }: Pruned,
): Promise<Iterable<Doomed>> {
  const plan: CacheEntry[] = [];
  if (olderThanSeconds !== undefined) {
    const before = new Date(Date.parse(now) - olderThanSeconds * 1_000).toISOString();
    const old = await oldEntries(database, pool.pool, before);
    plan.push(...evictable(cache, ({ generation }) => old.has(generation)));
  }
  if (unusedForSeconds !== undefined) {
    plan.push(...evictable(cache, (entry) => (unusedSeconds(entry, now) ?? -1) >= unusedForSeconds));
  }
  if (sizeGib !== undefined || count !== undefined) {
    plan.push(...untilWithin({ cache, pool, now }, { sizeGib: sizeGib ?? Infinity, count: count ?? Infinity }, plan));
  }
  return once(plan.map((entry) => ({ entry, reason: 'manual' })));
}

function evictable(cache: ImageCache, isMeant: (entry: CacheEntry) => boolean): readonly CacheEntry[] {
  return [...cache.entries.values()].filter((entry) => isMeant(entry) && isEvictable(cache, entry));
}

/** In the order in which the pool's own policy gives entries up, without those that go anyway. */
function untilWithin(
  { cache, pool }: Pruned,
  target: { readonly sizeGib: number; readonly count: number },
  going: readonly CacheEntry[],
): readonly CacheEntry[] {
  const gone = new Set(going);
  let { sizeGib, count } = cache.usage;
  const leave = (entry: CacheEntry) => {
    sizeGib -= entry.sizeGib;
    count -= 1;
  };
  gone.forEach(leave);
  const plan: CacheEntry[] = [];
  for (const entry of order(pool.settings?.policy ?? 'lru', cache)) {
    if (sizeGib <= target.sizeGib && count <= target.count) break;
    if (gone.has(entry)) continue;
    plan.push(entry);
    leave(entry);
  }
  return plan;
}

/** The first word on each entry. */
function once(plan: readonly Doomed[]): readonly Doomed[] {
  const seen = new Set<CacheEntry>();
  return plan.filter(({ entry }) => !seen.has(entry) && seen.add(entry));
}
