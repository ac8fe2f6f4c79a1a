import {
  buildTrace,
  demandOf,
  limitsOf,
  type Measure,
  measures,
  ratiosOf,
  simulate,
  type Sums,
  type Trace,
} from '@hearth/cache-advisor';
import {
  burstTrace,
  nightlyTrace,
  oneHitTrace,
  scanTrace,
  type TraceShape,
  zipfTrace,
} from '@hearth/cache-advisor/testing';
import { type EvictionPolicy, evictionPolicies } from '@hearth/contracts';

/** The traces that policies are compared on, by the names they have in the table. */
export const traceNames = [
  'zipf 0.7',
  'zipf 1.0',
  'zipf 1.3',
  'bursts',
  'nightly versions',
  'one-hit wonders',
  'scans',
] as const;
export type TraceName = (typeof traceNames)[number];

/** Limits, as parts of what all images of a trace take together. */
export const limitShares = [0.02, 0.05, 0.1, 0.2] as const;

/** What each policy serves of one trace under one limit. */
export interface Comparison {
  readonly trace: TraceName;
  /** GiB. */
  readonly limitGib: number;
  /** Of what all images take together. */
  readonly limitShare: number;
  /** Shares of all that was asked for, 0 to 1. */
  readonly ratios: Readonly<Record<EvictionPolicy, Sums>>;
}

export function comparePolicies(shape: TraceShape, names: readonly TraceName[] = traceNames): Comparison[] {
  return names.flatMap((name) => {
    const trace = traceCalled(name, shape);
    const all = limitsOf(trace).at(-1) ?? 0;
    const { total } = demandOf(trace);
    return limitShares.map((limitShare) => {
      const limitGib = Math.max(1, Math.round(all * limitShare));
      const ratios = evictionPolicies.map((policy) => [
        policy,
        ratiosOf(simulate(trace, { policy, limitGib }).hits, total),
      ]);
      return { trace: name, limitGib, limitShare, ratios: Object.fromEntries(ratios) as Comparison['ratios'] };
    });
  });
}

export function traceCalled(name: TraceName, shape: TraceShape): Trace {
  const exponents: Partial<Record<TraceName, number>> = { 'zipf 0.7': 0.7, 'zipf 1.0': 1, 'zipf 1.3': 1.3 };
  const others: Partial<Record<TraceName, typeof burstTrace>> = {
    bursts: burstTrace,
    'nightly versions': nightlyTrace,
    'one-hit wonders': oneHitTrace,
    scans: scanTrace,
  };
  return buildTrace(others[name]?.(shape) ?? zipfTrace(shape, exponents[name] ?? 1));
}

const measureNames: Record<Measure, string> = { requests: 'req', bytes: 'bytes', seconds: 'sec' };

/** A table in Markdown, in the shape that Prettier leaves alone: percent, the best of each three in bold. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const head = [
    'trace',
    'GiB',
    ...measures.flatMap((by) => evictionPolicies.map((policy) => `${policy} ${measureNames[by]}`)),
  ];
  const rows = comparisons.map(({ trace, limitGib, limitShare, ratios }) => [
    trace,
    `${limitGib} (${Math.round(limitShare * 100)} %)`,
    ...measures.flatMap((by) => figures(evictionPolicies.map((policy) => ratios[policy][by]))),
  ]);
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

function figures(ratios: readonly number[]): string[] {
  const texts = ratios.map((ratio) => (ratio * 100).toFixed(1));
  const best = texts.reduce((most, text) => (Number(text) > Number(most) ? text : most), '0');
  return texts.map((text) => (text === best && texts.some((other) => other !== best) ? `**${text}**` : text));
}
