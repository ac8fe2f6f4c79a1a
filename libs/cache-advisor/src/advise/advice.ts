import type { EvictionPolicy } from '@hearth/contracts';
import type { CurvePoint } from '../simulate/curve';
import type { Demand, Measure } from '../trace/measure';
import type { Happened } from './happened';
import type { CurveValue } from './knee';

export interface PolicyCurve {
  readonly policy: EvictionPolicy;
  /** By limit, ascending; 128 of LRU, whose curve is known exactly at every limit, and 32 simulated ones of each other policy. */
  readonly points: readonly CurvePoint[];
}

export interface Advice {
  readonly by: Measure;
  readonly contents: number;
  /** From the first request to the last. */
  readonly days: number;
  readonly demand: Demand;
  readonly happened: Happened;
  readonly curves: readonly PolicyCurve[];
  /** What the best limit serves with the present policy, and where the curve bends; null for a trace without a second request. */
  readonly most: CurveValue | null;
  readonly knee: CurveValue | null;
  /** The limit of today, by policy; null where none was given. */
  readonly current: {
    readonly limitGib: number;
    readonly ratios: Readonly<Partial<Record<EvictionPolicy, number>>>;
  } | null;
  readonly target: { readonly hitRatio: number; readonly reached: CurveValue | null } | null;
  /** The smallest limit that reaches the target, else where the curve bends; null where nothing is served or the target is not reached. */
  readonly recommended: CurveValue | null;
  /** The advice for people, most important first. */
  readonly sentences: readonly string[];
}
