import { timeText } from '../amounts';
import { type Column, table } from '../table';
import { actorText, type Change, type EntryAt, type HistoryEvent, type PoolAt } from './answers';
import { poolState } from './pools.text';

export const historyColumns: readonly Column<HistoryEvent>[] = [
  { title: 'AT', text: ({ at }) => timeText(at) },
  { title: 'WHAT', text: ({ type }) => type },
  { title: 'POOL', text: ({ pool }) => pool, shrinks: true },
  { title: 'GEN', text: ({ generation }) => (generation === null ? '-' : String(generation)), align: 'right' },
  { title: 'IMAGE', text: ({ image_id }) => image_id ?? '-', shrinks: true },
  { title: 'BY', text: ({ by }) => actorText(by), shrinks: true },
  { title: 'MORE', text: moreOf, shrinks: true },
];

/** What a fact says beyond the columns, as far as it is one word. */
function moreOf({ data }: HistoryEvent): string {
  const told = ['reason', 'cause', 'outcome', 'volumeId', 'sizeGib', 'status', 'count', 'ready', 'note', 'objectName'];
  const facts = typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>) : {};
  const words = told.flatMap((name) => {
    const value = facts[name];
    return typeof value === 'string' || typeof value === 'number' ? [`${name} ${value}`] : [];
  });
  return words.join(', ') || '-';
}

const poolAtColumns: readonly Column<PoolAt>[] = [
  { title: 'POOL', text: ({ pool }) => pool },
  {
    title: 'CACHE',
    text: ({ settings, off }) => poolState({ off, state: settings?.state ?? null, reason: settings?.reason ?? null }),
    shrinks: true,
  },
  { title: 'GIB', text: ({ size_gib }) => String(size_gib), align: 'right' },
  { title: 'READY', text: ({ ready_count }) => String(ready_count), align: 'right' },
  { title: 'FILLING', text: ({ filling_count }) => String(filling_count), align: 'right' },
  { title: 'RETIRED', text: ({ retired_count }) => String(retired_count), align: 'right' },
  { title: 'PINNED', text: ({ pinned_count }) => String(pinned_count), align: 'right' },
  { title: 'SUSPENDED', text: ({ suspended_count }) => String(suspended_count), align: 'right' },
];

const entryAtColumns: readonly Column<EntryAt>[] = [
  { title: 'ENTRY', text: ({ id }) => id },
  { title: 'NAME', text: ({ image_name }) => image_name ?? '-', shrinks: true },
  { title: 'IMAGE', text: ({ image_id }) => image_id, shrinks: true },
  { title: 'POOL', text: ({ pool }) => pool, shrinks: true },
  { title: 'STATUS', text: ({ status, suspended }) => (suspended ? `${status} (suspended: ${suspended})` : status) },
  { title: 'SINCE', text: ({ since }) => timeText(since) },
  { title: 'GIB', text: ({ size_gib }) => String(size_gib), align: 'right' },
  { title: 'HITS', text: ({ hits }) => String(hits), align: 'right' },
  { title: 'LAST USED', text: ({ last_used_at }) => timeText(last_used_at) },
];

export interface State {
  readonly at: string;
  readonly pools: readonly PoolAt[];
  readonly entries: readonly EntryAt[];
}

export function stateText({ at, pools, entries }: State, columns: number | undefined): string {
  return [
    `The caches at ${timeText(at)} (UTC):`,
    '',
    table(poolAtColumns, pools, 'There was no pool.', columns),
    '',
    table(entryAtColumns, entries, 'The caches held nothing.', columns),
  ].join('\n');
}

export interface Difference {
  readonly from: string;
  readonly to: string;
  readonly totals: {
    readonly appeared: number;
    readonly disappeared: number;
    readonly changed: number;
    readonly size_gib_before: number;
    readonly size_gib_after: number;
    readonly hits: number;
    readonly joined: number;
    readonly misses: number;
    readonly fills: number;
    readonly evictions: Readonly<Record<string, number>>;
  };
  readonly changes: readonly Change[];
}

const changeColumns: readonly Column<Change>[] = [
  { title: '', text: ({ before, after }) => (before === null ? '+' : after === null ? '-' : '~') },
  { title: 'ENTRY', text: ({ id }) => id },
  { title: 'NAME', text: ({ image_name }) => image_name ?? '-', shrinks: true },
  { title: 'IMAGE', text: ({ image_id }) => image_id, shrinks: true },
  { title: 'POOL', text: ({ pool }) => pool, shrinks: true },
  { title: 'BEFORE', text: ({ before }) => aspectText(before) },
  { title: 'AFTER', text: ({ after }) => aspectText(after) },
];

function aspectText(aspect: Change['before']): string {
  if (!aspect) return '-';
  return [
    aspect.status,
    `${aspect.size_gib} GiB`,
    ...(aspect.suspended ? [`suspended: ${aspect.suspended}`] : []),
  ].join(', ');
}

export function differenceText({ from, to, totals, changes }: Difference, columns: number | undefined): string {
  const evictions = Object.entries(totals.evictions).map(([reason, count]) => `${count} ${reason}`);
  return [
    `From ${timeText(from)} to ${timeText(to)} (UTC):`,
    `${totals.appeared} appeared, ${totals.disappeared} disappeared, ${totals.changed} changed; ` +
      `${totals.size_gib_before} GiB before, ${totals.size_gib_after} GiB after`,
    `${totals.hits} hits, ${totals.joined} joined, ${totals.misses} misses, ${totals.fills} fills; ` +
      `evicted: ${evictions.join(', ') || 'none'}`,
    '',
    table(changeColumns, changes, 'The same entries at both moments.', columns),
  ].join('\n');
}
