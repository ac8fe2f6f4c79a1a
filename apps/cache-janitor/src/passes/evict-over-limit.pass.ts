import {
  type CacheLimits,
  decodeImageCache,
  encodeImageCache,
  type ImageCache,
  imageCacheDecider,
  imageCacheFingerprint,
  type Service,
} from '@hearth/domain';
import { type CommandEnvironment, openLedger, type SnapshotStore } from '@hearth/event-sourcing';
import type { Log } from '@hearth/platform';
import type { Views } from '../views/views';
import type { Pass, PassStatus } from './pass';

export interface EvictOverLimitOptions extends CommandEnvironment {
  readonly views: Pick<Views, 'caches' | 'services' | 'check'>;
  readonly snapshots: SnapshotStore;
  readonly intervalMs: number;
  /** Entries retired in each pool in one run. */
  readonly evictionsMax: number;
  readonly log: Log;
}

/**
 * Makes limits hold that were lowered since entries were made: a fill makes its own room, so only a change of the configuration
 * leaves a pool over its limits. Entries in use stay until they are not.
 */
export function evictOverLimit(options: EvictOverLimitOptions): Pass {
  return {
    name: 'evict-over-limit',
    intervalMs: options.intervalMs,
    async run(): Promise<PassStatus> {
      const { views } = options;
      views.check();
      const pools = [...limitsOfPools(views.services.entries())];
      const over = pools.filter(([pool, limits]) => isOver(views.caches.get(pool), limits));
      let done = 0;
      let left = 0;
      for (const [pool, limits] of over) {
        const { evicted, isStillOver } = await trim(options, pool, limits);
        done += evicted;
        left += isStillOver ? 1 : 0;
      }
      return { examined: pools.length, owed: over.length, done, left };
    },
  };
}

/** Pools whose cache is switched on, with what its host last said of its limits. */
function* limitsOfPools(services: Iterable<readonly [string, Service]>): Iterable<readonly [string, CacheLimits]> {
  for (const [, { pools, cache }] of services) {
    if (cache?.state !== 'enabled') continue;
    const { maxSizeGib, maxCount } = cache;
    for (const pool of pools) yield [pool, { maxSizeGib, maxCount }];
  }
}

/** 0 is unlimited; each limit holds by itself. */
export function isOver(cache: Pick<ImageCache, 'usage'> | undefined, { maxSizeGib, maxCount }: CacheLimits): boolean {
  if (!cache) return false;
  const { sizeGib, count } = cache.usage;
  return (maxSizeGib > 0 && sizeGib > maxSizeGib) || (maxCount > 0 && count > maxCount);
}

/** A pool's stream is long: the ledger starts from its snapshot, and decides under the stream's own concurrency check. */
async function trim(options: EvictOverLimitOptions, pool: string, limits: CacheLimits) {
  const { store, now, newId, snapshots, evictionsMax, log } = options;
  const ledger = await openLedger({
    store,
    now,
    newId,
    stream: { category: 'image-cache', id: pool } as const,
    decider: imageCacheDecider,
    snapshots: {
      store: snapshots,
      fingerprint: imageCacheFingerprint,
      encode: encodeImageCache,
      decode: decodeImageCache,
    },
  });
  try {
    const answer = await ledger.submit({ do: 'TrimToLimits', limits, evictionsMax });
    const evicted = 'refused' in answer ? 0 : answer.events.length;
    if (evicted > 0) log.info('entries over the limits of a cache were retired', { pool, evicted, ...limits });
    return { evicted, isStillOver: isOver(ledger.state(), limits) };
  } finally {
    await ledger.close();
  }
}
