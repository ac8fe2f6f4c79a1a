import { type Plot, plotCurveSvg, plotCurveText } from '@hearth/cache-advisor';
import { writeFile } from 'node:fs/promises';
import { bytesText, percentText, timeText } from '../amounts';
import { CliError } from '../cli.error';
import { table } from '../table';
import { secondsText } from '../terminal/moments';
import type { Advice, Measure, Shadow } from './advice';

const measureNames: Readonly<Record<Measure, string>> = {
  requests: 'requests',
  bytes: 'bytes',
  seconds: 'seconds of waiting',
};

/** The curves of all policies, with the limit of today and the recommended one. */
function plotOf({ pool, by, curves, current, recommended }: Advice): Plot {
  const marks = [
    ...(current && current.limit_gib > 0 ? [{ limitGib: current.limit_gib, label: 'today' }] : []),
    ...(recommended ? [{ limitGib: recommended.limit_gib, label: 'recommended' }] : []),
  ];
  return {
    title: `Share of ${measureNames[by]} served, by GiB of the cache of ${pool}`,
    lines: curves.map(({ policy, points }) => ({
      name: policy,
      points: points.map(({ limit_gib: limitGib, ratios }) => ({ limitGib, ratio: ratios[by] })),
    })),
    marks,
  };
}

const plotColumnsMax = 100;

export function adviceText(advice: Advice, columns = 80): string {
  return [
    ...advice.sentences,
    '',
    sourceOf(advice),
    ...(advice.curves.length === 0
      ? []
      : ['', plotCurveText(plotOf(advice), { columns: Math.min(columns, plotColumnsMax) })]),
  ].join('\n');
}

/** Writes the curves as an SVG document. Throws `CliError` where the file cannot be written. */
export async function writePlot(file: string, advice: Advice): Promise<void> {
  try {
    await writeFile(file, plotCurveSvg(plotOf(advice)));
  } catch (error) {
    throw new CliError(`${file} cannot be written: ${(error as Error).message}`, 1, { cause: error });
  }
}

function sourceOf({ pool, decisions, limited, from, to, assumed_sizes: assumed }: Advice | Shadow): string {
  const span = from === null || to === null ? '' : ` from ${timeText(from)} to ${timeText(to)}`;
  return [
    `From ${decisions} decisions of ${pool}${span}${limited ? ', the newest of more' : ''}.`,
    ...(assumed > 0 ? [`For ${assumed} of them nothing tells the size of a copy, and it is assumed.`] : []),
  ].join(' ');
}

interface Compared {
  readonly what: string;
  readonly would: string;
  readonly happened: string;
}

const comparedColumns = [
  { title: '', text: ({ what }: Compared) => what },
  { title: 'WOULD HAVE BEEN', text: ({ would }: Compared) => would, align: 'right' },
  { title: 'WAS', text: ({ happened }: Compared) => happened, align: 'right' },
] as const;

export function shadowText(shadow: Shadow): string {
  const { would, happened, gained } = shadow;
  const rows: readonly Compared[] = [
    { what: 'hits', would: String(would.hits.requests), happened: String(happened.hits.requests) },
    { what: 'of requests', would: percentText(would.ratios.requests), happened: percentText(happened.ratios.requests) },
    { what: 'of bytes', would: percentText(would.ratios.bytes), happened: percentText(happened.ratios.bytes) },
    { what: 'of seconds', would: percentText(would.ratios.seconds), happened: percentText(happened.ratios.seconds) },
    {
      what: 'evictions',
      would: String(would.evictions.count + would.expired.count),
      happened: happened.evictions ? String(happened.evictions.count) : 'not told',
    },
    { what: 'GiB at the most', would: String(would.size_gib.most), happened: '' },
  ];
  return [
    `${rulesText(shadow)}:`,
    '',
    table(comparedColumns, rows, ''),
    '',
    `${signed(gained.requests, String)} requests, ${signed(gained.bytes, bytesText)}, ` +
      `${signed(gained.seconds, secondsText)} served from copies.`,
    ...notCachedOf(shadow),
    ...(happened.hits_at_first_request > 0
      ? [
          `${happened.hits_at_first_request} contents had a copy before these decisions begin; the shadow run begins empty.`,
        ]
      : []),
    sourceOf(shadow),
  ].join('\n');
}

/** `sieve, 200 GiB, 50 entries, 30 d unused`. */
function rulesText({ rules }: Shadow): string {
  const { policy, limit_gib: size, max_count: count, ttl_seconds: ttl, admission } = rules;
  return [
    policy,
    size === 0 ? 'without a limit of size' : `${size} GiB`,
    ...(count > 0 ? [`${count} entries`] : []),
    ...(ttl > 0 ? [`${secondsText(ttl)} unused`] : []),
    ...(admission.mode === 'at-once'
      ? []
      : [`from the second request within ${secondsText(admission.window_seconds)}`]),
  ].join(', ');
}

function notCachedOf({ would }: Shadow): string[] {
  const { larger_than_limit: larger, not_admitted: notAdmitted } = would.not_cached;
  const parts = [
    ...(larger > 0 ? [`${larger} were larger than the limit`] : []),
    ...(notAdmitted > 0 ? [`${notAdmitted} were asked for the first time`] : []),
  ];
  return parts.length === 0 ? [] : [`Without a copy afterwards: ${parts.join(', ')}.`];
}

const signed = (amount: number, text: (amount: number) => string) =>
  `${amount < 0 ? '-' : '+'}${text(Math.abs(amount))}`;
