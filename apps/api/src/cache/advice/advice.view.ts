import type { Happened, Simulated, Sums } from '@hearth/cache-advisor';
import type { EvictionPolicy } from '@hearth/contracts';
import type { AdvisorAnswer } from './cache-advisor';

interface Known {
  readonly decisionsMax: number;
}

function decided(pool: string, answer: AdvisorAnswer<'advice' | 'shadow'>, { decisionsMax }: Known) {
  const { decisions, assumedSizes, from, to } = answer;
  return {
    ...{ pool, decisions, limited: decisions >= decisionsMax, assumed_sizes: assumedSizes },
    from: from === null ? null : new Date(from).toISOString(),
    to: to === null ? null : new Date(to).toISOString(),
  };
}

/** As `GET /v3/cache/advice` shows it. */
export function adviceView(
  pool: string,
  answer: AdvisorAnswer<'advice'>,
  known: Known & { readonly policy: EvictionPolicy },
) {
  const advice = answer.result;
  return {
    ...decided(pool, answer, known),
    ...{ by: advice.by, contents: advice.contents, days: advice.days },
    demand: demandView(advice.demand),
    happened: happenedView(advice.happened),
    curves: advice.curves.map(({ policy, points }) => ({
      policy,
      points: points.map(({ limitGib, hits, ratios }) => ({
        limit_gib: limitGib,
        hits: sums(hits),
        ratios: sums(ratios),
      })),
    })),
    most: valueView(advice.most),
    knee: valueView(advice.knee),
    current: advice.current && {
      ...{ policy: known.policy, limit_gib: advice.current.limitGib, ratios: advice.current.ratios },
    },
    target: advice.target && { hit_ratio: advice.target.hitRatio, reached: valueView(advice.target.reached) },
    recommended: valueView(advice.recommended),
    sentences: advice.sentences,
  };
}

interface Given {
  readonly count: number;
  readonly sizeGib: number;
}

/** As `GET /v3/cache/shadow` shows it. */
export function shadowView(
  pool: string,
  answer: AdvisorAnswer<'shadow'>,
  known: Known & { readonly evictions: Given | null },
) {
  const { rules, demand, would, happened, gained } = answer.result;
  const { policy, limitGib, maxCount = 0, ttlSeconds = 0, admission } = rules;
  return {
    ...decided(pool, answer, known),
    rules: {
      ...{ policy, limit_gib: limitGib, max_count: maxCount, ttl_seconds: ttlSeconds },
      admission: { mode: admission?.mode ?? 'at-once', window_seconds: admission?.windowSeconds ?? 0 },
    },
    demand: demandView(demand),
    would: { ...simulatedView(would), ratios: sums(would.ratios) },
    happened: {
      ...happenedView(happened),
      ratios: sums(happened.ratios),
      evictions: known.evictions && givenView(known.evictions),
    },
    gained: sums(gained),
  };
}

const sums = ({ requests, bytes, seconds }: Sums) => ({ requests, bytes, seconds });
const givenView = ({ count, sizeGib }: Given) => ({ count, size_gib: sizeGib });
const valueView = (value: { readonly limitGib: number; readonly ratio: number } | null) =>
  value && { limit_gib: value.limitGib, ratio: value.ratio };

function demandView({ total, compulsory }: { readonly total: Sums; readonly compulsory: Sums }) {
  return { total: sums(total), compulsory: sums(compulsory) };
}

function happenedView({ hits, misses, bypasses, hitsAtFirstRequest }: Happened) {
  return {
    ...{ hits: sums(hits), misses: sums(misses), bypasses: sums(bypasses) },
    hits_at_first_request: hitsAtFirstRequest,
  };
}

function simulatedView({ hits, evictions, expired, notCached, sizeGib }: Simulated) {
  return {
    ...{ hits: sums(hits), evictions: givenView(evictions), expired: givenView(expired) },
    not_cached: { larger_than_limit: notCached.largerThanLimit, not_admitted: notCached.notAdmitted },
    size_gib: { most: sizeGib.most, last: sizeGib.last },
  };
}
