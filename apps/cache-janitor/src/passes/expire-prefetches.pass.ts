import type { Failure } from '@hearth/contracts';
import { type ImageCache, type ImageCacheCommand, liveEntriesOf, type Prefetch } from '@hearth/domain';
import type { LivenessBoard } from '@hearth/event-sourcing';
import { secondsBetween } from '@hearth/kernel';
import { Absences } from '../hosts/absences';
import type { WithPoolCache } from '../pools/pool-caches';
import { hostOf } from '../pools/pool-rules';
import type { Views } from '../views/views';
import type { Pass, PassStatus } from './pass';

export interface ExpirePrefetchesOptions {
  readonly views: Pick<Views, 'caches' | 'check'>;
  readonly liveness: Pick<LivenessBoard, 'hosts'>;
  readonly withCache: WithPoolCache;
  readonly nowMs: () => number;
  readonly intervalMs: number;
  /** Prefetches of a host that is silent for so long end. */
  readonly hostAwayMs: number;
  /** Prefetches that one run ends. */
  readonly expireMax: number;
}

type End = Pick<Extract<ImageCacheCommand, { do: 'EndPrefetch' }>, 'outcome' | 'failure'>;

/**
 * Ends prefetches that nobody will carry out: those whose deadline has passed before their fill began, and all of a host that does not come
 * back. A fill that runs is its host's affair, and goes on after a deadline.
 */
export function expirePrefetches(options: ExpirePrefetchesOptions): Pass {
  const absences = new Absences();
  return {
    name: 'expire-prefetches',
    intervalMs: options.intervalMs,
    async run(): Promise<PassStatus> {
      const { views, liveness, withCache, nowMs, hostAwayMs, expireMax } = options;
      views.check();
      const pools = [...views.caches.entries()].filter(([, cache]) => cache.prefetches.size > 0);
      const live = pools.length > 0 ? await liveness.hosts() : new Map<string, unknown>();
      const now = nowMs();
      absences.saw(new Set(pools.map(([pool]) => hostOf(pool)).filter((host) => !live.has(host))), now);
      const at = new Date(now).toISOString();
      let examined = 0;
      let owed = 0;
      let done = 0;
      for (const [pool, cache] of pools) {
        const isGone = absences.lengthMs(hostOf(pool), now) >= hostAwayMs && !live.has(hostOf(pool));
        const ends = [...cache.prefetches.values()].flatMap((prefetch) => {
          const end = endOf(cache, prefetch, { at, isGone });
          return end ? [{ prefetchId: prefetch.prefetchId, ...end }] : [];
        });
        examined += cache.prefetches.size;
        owed += ends.length;
        const due = ends.slice(0, Math.max(0, expireMax - done));
        if (due.length === 0) continue;
        await withCache(pool, async ({ ask }) => {
          for (const end of due) done += (await ask({ do: 'EndPrefetch', generation: null, at, ...end })).length;
        });
      }
      return { examined, owed, done, left: Math.max(0, owed - done) };
    },
  };
}

const hostIsGone: Failure = { code: 'backend.failed', reason: 'The host of the pool does not answer.' };

function endOf(
  cache: ImageCache,
  { imageId, deadline, cancelled }: Prefetch,
  { at, isGone }: { readonly at: string; readonly isGone: boolean },
): End | undefined {
  if (isGone && cancelled) return { outcome: 'cancelled', failure: null };
  const isLate = deadline !== null && secondsBetween(deadline, at) >= 0;
  const isFilling = liveEntriesOf(cache, imageId).some(({ status }) => status === 'filling');
  if (isLate && !cancelled && (isGone || !isFilling)) return { outcome: 'expired', failure: null };
  return isGone ? { outcome: 'error', failure: hostIsGone } : undefined;
}
