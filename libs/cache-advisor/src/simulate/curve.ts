import type { EvictionPolicy } from '@hearth/contracts';
import { type Demand, demandOf, ratiosOf, type Sums } from '../trace/measure';
import type { Trace } from '../trace/trace';
import { UnusableRulesError } from './rules';
import { simulate } from './simulate';

/** What a limit would have served, as sums and as shares, 0 to 1, of all requests. */
export interface CurvePoint {
  readonly limitGib: number;
  readonly hits: Sums;
  readonly ratios: Sums;
}

/** So many limits tell the shape of a curve. */
export const curveLimits = 32;

/**
 * Whole GiB in equal ratios, as far as whole ones allow, from the smallest image's size, below which nothing is cached, to the sum of all,
 * above which nothing changes; fewer where there are not so many between. Empty for an empty trace.
 */
export function limitsOf({ items }: Trace, count = curveLimits): number[] {
  if (items.count === 0) return [];
  if (!Number.isInteger(count) || count < 2) throw new UnusableRulesError('count of limits', count, 'at least 2');
  const all = items.sizeGib.reduce((sum, size) => sum + size, 0);
  const limits = [items.sizeGib.reduce((least, size) => Math.min(least, size), Infinity)];
  for (let left = count - 1; left > 0; left--) {
    const last = limits.at(-1)!;
    if (last >= all) break;
    limits.push(Math.min(all, Math.max(last + 1, Math.round(last * (all / last) ** (1 / left)))));
  }
  return limits;
}

/** The hits of a policy under each of some limits, by running a cache of each over the whole trace. */
export function simulatedCurve(
  trace: Trace,
  policy: EvictionPolicy,
  limits: readonly number[],
  demand: Demand = demandOf(trace),
): CurvePoint[] {
  return limits.map((limitGib) => {
    const { hits } = simulate(trace, { policy, limitGib });
    return { limitGib, hits, ratios: ratiosOf(hits, demand.total) };
  });
}
