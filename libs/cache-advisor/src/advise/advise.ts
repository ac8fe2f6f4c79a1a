import { type EvictionPolicy, evictionPolicies } from '@hearth/contracts';
import type { HitCurve } from '../lru/hit-curve';
import { lruCurve } from '../lru/lru-curve';
import { curveLimits, type CurvePoint, limitsOf, simulatedCurve } from '../simulate/curve';
import { checkPolicy, UnusableRulesError } from '../simulate/rules';
import { demandOf, type Measure, measures } from '../trace/measure';
import type { Trace } from '../trace/trace';
import type { Advice, PolicyCurve } from './advice';
import { adviceSentences } from './advice-sentences';
import { whatHappened } from './happened';
import { type CurveValue, kneeOf } from './knee';

export interface AdviceOptions {
  /** What a hit is worth; each request as one unless told. */
  readonly by?: Measure;
  /** The share to be served, more than 0 and at most 1. */
  readonly targetHitRatio?: number;
  /** The limit of today in GiB; 0 is none. */
  readonly currentLimitGib?: number;
  /** The policy of today, for which a size is recommended; `lru` unless told. */
  readonly currentPolicy?: EvictionPolicy;
  /** Those to be compared; all unless told. The present one is always among them. */
  readonly policies?: readonly EvictionPolicy[];
}

/** How large the cache of a pool should be, from what was asked of it. Throws `UnusableRulesError`. */
export function advise(trace: Trace, options: AdviceOptions = {}): Advice {
  checkOptions(options);
  const { by = 'requests', targetHitRatio, currentLimitGib, currentPolicy = 'lru' } = options;
  const demand = demandOf(trace);
  const exact = lruCurve(trace);
  const wanted = evictionPolicies.filter(
    (policy) => policy === currentPolicy || (options.policies ?? evictionPolicies).includes(policy),
  );
  const curves = wanted.map((policy) => ({ policy, points: pointsOf(trace, policy, exact, currentLimitGib) }));

  const values = valuesOf(curves.find(({ policy }) => policy === currentPolicy)?.points ?? [], by);
  const ofPolicy = currentPolicy === 'lru' ? { curve: exact, values } : { values };
  const most = mostOf(ofPolicy, by);
  const knee = kneeOf(values) ?? null;
  const reached = targetHitRatio === undefined ? null : (firstAtLeast(ofPolicy, targetHitRatio, by) ?? null);
  const advice = {
    ...{
      by,
      contents: trace.items.count,
      days: daysOf(trace),
      demand,
      happened: whatHappened(trace),
      curves,
      most,
      knee,
    },
    current:
      currentLimitGib === undefined
        ? null
        : { limitGib: currentLimitGib, ratios: ratiosAt(curves, currentLimitGib, by) },
    target: targetHitRatio === undefined ? null : { hitRatio: targetHitRatio, reached },
    recommended: targetHitRatio === undefined ? knee : reached,
  };
  return { ...advice, sentences: adviceSentences(advice, currentPolicy) };
}

function checkOptions({
  by = 'requests',
  targetHitRatio = 1,
  currentLimitGib = 0,
  currentPolicy = 'lru',
  policies = [],
}: AdviceOptions) {
  if (!measures.includes(by)) throw new UnusableRulesError('by', by, `one of ${measures.join(', ')}`);
  if (!(targetHitRatio > 0 && targetHitRatio <= 1))
    throw new UnusableRulesError('targetHitRatio', targetHitRatio, 'more than 0 and at most 1');
  if (!Number.isFinite(currentLimitGib) || currentLimitGib < 0)
    throw new UnusableRulesError('currentLimitGib', currentLimitGib, 'at least 0; 0 is no limit');
  for (const policy of [currentPolicy, ...policies]) checkPolicy(policy);
}

/** A point of a curve that is known exactly costs nothing to speak of. */
const exactLimits = 128;

/** The limit of today is one of them; no limit is the last one of all anyway. */
function pointsOf(
  trace: Trace,
  policy: EvictionPolicy,
  exact: HitCurve,
  currentLimitGib: number | undefined,
): readonly CurvePoint[] {
  const of = (count: number) => {
    const limits = new Set([...limitsOf(trace, count), ...(currentLimitGib ? [currentLimitGib] : [])]);
    return [...limits].sort((one, other) => one - other);
  };
  if (policy !== 'lru') return simulatedCurve(trace, policy, of(curveLimits), exact.demand);
  return of(exactLimits).map((limitGib) => ({
    limitGib,
    hits: exact.hitsAt(limitGib),
    ratios: exact.ratiosAt(limitGib),
  }));
}

const valuesOf = (points: readonly CurvePoint[], by: Measure): CurveValue[] =>
  points.map(({ limitGib, ratios }) => ({ limitGib, ratio: ratios[by] }));

/** A policy's curve at some limits, and at all of them where it is known exactly. */
interface KnownCurve {
  readonly values: readonly CurveValue[];
  readonly curve?: HitCurve;
}

/** The smallest limit that serves a share. */
function firstAtLeast({ values, curve }: KnownCurve, ratio: number, by: Measure): CurveValue | undefined {
  if (!curve) return values.find((value) => value.ratio >= ratio);
  const limitGib = curve.limitFor(ratio, by);
  return limitGib === undefined ? undefined : { limitGib, ratio: curve.ratiosAt(limitGib)[by] };
}

function mostOf(known: KnownCurve, by: Measure): CurveValue | null {
  const most = known.values.reduce((ratio, value) => Math.max(ratio, value.ratio), 0);
  return most === 0 ? null : (firstAtLeast(known, most, by) ?? null);
}

function ratiosAt(
  curves: readonly PolicyCurve[],
  limitGib: number,
  by: Measure,
): Partial<Record<EvictionPolicy, number>> {
  const at = (points: readonly CurvePoint[]) =>
    limitGib === 0 ? points.at(-1) : points.find((point) => point.limitGib === limitGib);
  return Object.fromEntries(curves.map(({ policy, points }) => [policy, at(points)?.ratios[by] ?? 0]));
}

const dayMs = 86_400_000;
const daysOf = ({ at, length }: Trace) => (length === 0 ? 0 : (at[length - 1]! - at[0]!) / dayMs);
