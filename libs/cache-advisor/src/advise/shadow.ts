import type { CacheEviction } from '../read/decision-reader';
import type { ShadowRules } from '../simulate/rules';
import { type Simulated, simulate } from '../simulate/simulate';
import { type Demand, demandOf, ratiosOf, type Sums } from '../trace/measure';
import type { Trace } from '../trace/trace';
import { type Happened, whatHappened } from './happened';

/** What other rules would have done, beside what was done. */
export interface Shadow {
  readonly rules: ShadowRules;
  readonly demand: Demand;
  readonly would: Simulated & { readonly ratios: Sums };
  readonly happened: Happened & {
    /** Shares of hits in all requests, 0 to 1. */
    readonly ratios: Sums;
    /** Null where the source does not tell of evictions. */
    readonly evictions: { readonly count: number; readonly sizeGib: number } | null;
  };
  /** What the rules would have served beyond what was served; below 0 where they would have served less. */
  readonly gained: Sums;
}

/**
 * Runs a trace through a cache with other rules; see `simulate` for what is left out. It begins empty, so it is behind where the trace
 * begins in the middle of a cache's life: `happened.hitsAtFirstRequest` says how far. `evictions` are those of the same pool and time.
 * Throws `UnusableRulesError`.
 */
export function shadow(trace: Trace, rules: ShadowRules, evictions?: readonly CacheEviction[]): Shadow {
  const demand = demandOf(trace);
  const would = simulate(trace, rules);
  const happened = whatHappened(trace);
  const sizeGib = evictions?.reduce((sum, eviction) => sum + (eviction.sizeGib ?? 0), 0) ?? 0;
  return {
    rules,
    demand,
    would: { ...would, ratios: ratiosOf(would.hits, demand.total) },
    happened: {
      ...happened,
      ratios: ratiosOf(happened.hits, demand.total),
      evictions: evictions ? { count: evictions.length, sizeGib } : null,
    },
    gained: {
      requests: would.hits.requests - happened.hits.requests,
      bytes: would.hits.bytes - happened.hits.bytes,
      seconds: would.hits.seconds - happened.hits.seconds,
    },
  };
}
