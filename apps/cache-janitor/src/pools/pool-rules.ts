import type { CacheSettings } from '@hearth/contracts';
import { cacheLimits, type CacheLimits, type Service } from '@hearth/domain';
import type { LiveHosts, LivenessBoard } from '@hearth/event-sourcing';
import { parsePoolRef, secondsBetween } from '@hearth/kernel';

/** What its host last said of a pool's cache. */
export interface PoolRules {
  readonly pool: string;
  readonly settings: CacheSettings;
}

/** Of all pools whose hosts have ever said something. */
export function* rulesOfPools(services: Iterable<readonly [string, Service]>): Iterable<PoolRules> {
  for (const [, { pools, cache: settings }] of services) {
    if (settings) for (const pool of pools) yield { pool, settings };
  }
}

export const hostOf = (pool: string): string => parsePoolRef(pool)?.host ?? pool;

/**
 * The limits of a pool now. Its size is what its host reports; of one that is silent it is unknown, and a limit in percent does not hold
 * meanwhile, when nobody fills the cache either.
 */
export function limitsOf({ pool, settings }: PoolRules, live: LiveHosts): CacheLimits {
  const report = live.get(hostOf(pool))?.pools.find((one) => one.pool === pool);
  return cacheLimits(settings, report?.totalGib ?? null);
}

/** Beyond this many seconds two clocks differ, and it is not only that a report is some seconds old. */
const clocksDifferSeconds = 60;

/**
 * The present moment where a pool's entries age, ISO 8601: what the pool's host says, in whose time their uses are, where our own clock is
 * far ahead of that. A clock that has jumped makes nothing old.
 */
export function nowAt(pool: string, live: LiveHosts, now: string): string {
  const reportedAt = live.get(hostOf(pool))?.reportedAt;
  return reportedAt !== undefined && secondsBetween(reportedAt, now) > clocksDifferSeconds ? reportedAt : now;
}

/** The board is asked only where a limit depends on how large a pool is. */
export async function hostsForLimits(
  rules: readonly PoolRules[],
  liveness: Pick<LivenessBoard, 'hosts'>,
): Promise<LiveHosts> {
  return rules.some(({ settings }) => (settings.maxPercent ?? 0) > 0) ? liveness.hosts() : new Map();
}
