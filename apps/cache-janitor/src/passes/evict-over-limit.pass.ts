import { type CacheLimits, type ImageCache, isOverLimits, partOf } from '@hearth/domain';
import type { LivenessBoard } from '@hearth/event-sourcing';
import { instantMs } from '@hearth/kernel';
import type { WithPoolCache } from '../pools/pool-caches';
import { hostsForLimits, limitsOf, rulesOfPools } from '../pools/pool-rules';
import { PoolSizes } from '../pools/pool-sizes';
import type { Views } from '../views/views';
import type { Pass, PassStatus } from './pass';

export interface EvictOverLimitOptions {
  readonly views: Pick<Views, 'caches' | 'services' | 'check'>;
  readonly liveness: Pick<LivenessBoard, 'hosts'>;
  readonly withCache: WithPoolCache;
  readonly now: () => string;
  readonly intervalMs: number;
  /** Entries retired in each pool in one run. */
  readonly evictionsMax: number;
}

/**
 * Makes limits hold that a fill does not make hold: those that were lowered, a part of a pool that has shrunk, and watermarks, which a
 * cache that has grown above the upper one leaves for the lower one. The pool's policy says who goes first. Entries in use, and pinned
 * ones, stay. How large a pool is, is believed as `PoolSizes` has it.
 */
export function evictOverLimit(options: EvictOverLimitOptions): Pass {
  /** Pools on their way down to the lower watermark, of which one run did not take all. */
  const descending = new Set<string>();
  const sizes = new PoolSizes();
  return {
    name: 'evict-over-limit',
    intervalMs: options.intervalMs,
    async run(): Promise<PassStatus> {
      const { views, liveness, withCache, now, evictionsMax } = options;
      views.check();
      const rules = [...rulesOfPools(views.services.entries())].filter(({ settings }) => settings.state === 'enabled');
      const live = sizes.believed(await hostsForLimits(rules, liveness), instantMs(now()));
      let owed = 0;
      let done = 0;
      let left = 0;
      for (const each of rules) {
        const { pool } = each;
        const limits = limitsOf(each, live);
        const { start, stop } = watermarksOf(limits);
        const cache = views.caches.get(pool);
        if (!isOver(cache, descending.has(pool) ? stop : start)) {
          descending.delete(pool);
          continue;
        }
        owed += 1;
        await withCache(pool, async ({ ask, state }) => {
          const down = { ...limits, startPercent: stop.percent, stopPercent: stop.percent };
          const evicted = await ask({ do: 'TrimToLimits', limits: down, evictionsMax, at: now() });
          done += evicted.length;
          const isAbove = isOver(state(), stop);
          left += isAbove ? 1 : 0;
          if (isAbove && evicted.length > 0) descending.add(pool);
          else descending.delete(pool);
        });
      }
      return { examined: rules.length, owed, done, left };
    },
  };
}

interface Watermark extends Pick<CacheLimits, 'maxSizeGib' | 'maxCount'> {
  readonly percent: number;
}

function watermarksOf(limits: CacheLimits): { readonly start: Watermark; readonly stop: Watermark } {
  const { startPercent = 100, stopPercent = 100 } = limits;
  const at = (percent: number): Watermark => ({ ...partOf(limits, percent), percent });
  return { start: at(startPercent), stop: at(Math.min(startPercent, stopPercent)) };
}

const isOver = (cache: Pick<ImageCache, 'usage'> | undefined, watermark: Watermark): boolean =>
  cache !== undefined && isOverLimits(cache.usage, watermark);
