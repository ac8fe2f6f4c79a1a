import {
  advise,
  type AdviceOptions,
  buildTrace,
  type CacheDecision,
  type CacheEviction,
  poolsOf,
  shadow,
  type ShadowRules,
  type Trace,
  UnusableDecisionError,
  UnusableRulesError,
} from '@hearth/cache-advisor';
import type { Advice, Shadow } from '../cache/advice';
import { CliError } from '../cli.error';

export interface Chosen {
  /** The only one in the file unless told. */
  readonly pool: string | undefined;
  readonly projectId: string | undefined;
}

/** Advice in the form of the API's. Throws `CliError`, also where the file tells of several pools and none is chosen. */
export function adviceOf(decisions: readonly CacheDecision[], chosen: Chosen, options: AdviceOptions): Advice {
  const { pool, trace } = traceOf(decisions, chosen);
  const advice = usable(() => advise(trace, options));
  const { by, current, recommended, sentences, curves } = advice;
  return {
    ...recordedIn(pool, trace),
    ...{ by, sentences },
    curves: curves.map(({ policy, points }) => ({
      policy,
      points: points.map(({ limitGib, hits, ratios }) => ({ limit_gib: limitGib, hits, ratios })),
    })),
    current: current && { limit_gib: current.limitGib, ratios: { ...current.ratios } },
    recommended: recommended && { limit_gib: recommended.limitGib, ratio: recommended.ratio },
  };
}

/** A shadow run in the form of the API's. Throws `CliError`. */
export function shadowOf(
  decisions: readonly CacheDecision[],
  evictions: readonly CacheEviction[],
  chosen: Chosen,
  rules: ShadowRules,
): Shadow {
  const { pool, trace } = traceOf(decisions, chosen);
  // An eviction is the pool's, and no project's.
  const given = chosen.projectId === undefined ? evictions.filter((one) => one.pool === pool) : undefined;
  const { would, happened, gained } = usable(() => shadow(trace, rules, given));
  const { hits, ratios } = would;
  return {
    ...recordedIn(pool, trace),
    rules: {
      ...{ policy: rules.policy, limit_gib: rules.limitGib },
      ...{ max_count: rules.maxCount ?? 0, ttl_seconds: rules.ttlSeconds ?? 0 },
      admission: { mode: rules.admission?.mode ?? 'at-once', window_seconds: rules.admission?.windowSeconds ?? 0 },
    },
    would: {
      ...{ hits, ratios, evictions: givenOf(would.evictions), expired: givenOf(would.expired) },
      not_cached: { larger_than_limit: would.notCached.largerThanLimit, not_admitted: would.notCached.notAdmitted },
      size_gib: would.sizeGib,
    },
    happened: {
      ...{ hits: happened.hits, ratios: happened.ratios },
      hits_at_first_request: happened.hitsAtFirstRequest,
      evictions: happened.evictions && givenOf(happened.evictions),
    },
    gained,
  };
}

const givenOf = ({ count, sizeGib }: { readonly count: number; readonly sizeGib: number }) => ({
  count,
  size_gib: sizeGib,
});

function recordedIn(pool: string, { length, at }: Trace) {
  const instant = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
  return {
    ...{ pool, decisions: length, limited: false, assumed_sizes: 0 },
    ...{ from: instant(at[0]), to: instant(length === 0 ? undefined : at[length - 1]) },
  };
}

function traceOf(decisions: readonly CacheDecision[], { pool, projectId }: Chosen) {
  const known = poolsOf(decisions);
  const [only, ...others] = known;
  if (pool !== undefined && !known.includes(pool)) {
    throw new CliError(`nothing is told of the pool '${pool}', but of ${known.join(', ') || 'none'}`, 3);
  }
  if (pool === undefined && others.length > 0) throw new CliError(`which --pool? ${known.join(', ')}`, 2);
  const chosen = pool ?? only;
  if (chosen === undefined) throw new CliError('nothing is told of any request for an image', 1);
  return { pool: chosen, trace: usable(() => buildTrace(decisions, { pool: chosen, projectId })) };
}

function usable<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof UnusableRulesError) throw new CliError(error.message, 2, { cause: error });
    if (error instanceof UnusableDecisionError) throw new CliError(error.message, 1, { cause: error });
    throw error;
  }
}
