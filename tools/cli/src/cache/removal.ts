import type { ApiClient } from '../api/api.client';
import { timeText } from '../amounts';
import type { ProgressBar } from '../terminal/progress';
import { type Column, table } from '../table';
import type { Pass, Removal } from './answers';

export interface RemovalOrder {
  readonly kind: 'clear' | 'prune' | 'clean';
  /** What to remove, and of which pools. */
  readonly asked: Readonly<Record<string, unknown>>;
  readonly isDryRun: boolean;
  /** Entries in all; undefined: everything that is meant. */
  readonly max: number | undefined;
}

export interface Removed {
  readonly removal: Removal;
  /** What the janitor was had to do; none but of a clean. */
  readonly passes: readonly Pass[];
}

/** Entries that one request takes at the most. */
const requestMax = 1_000;

/**
 * Removes what is meant, request after request: the api bounds each. It ends when nothing remains, when so many are gone, or when a
 * request takes nothing any more. Throws `CliError`.
 */
export async function remove(client: ApiClient, order: RemovalOrder, bar: ProgressBar): Promise<Removed> {
  const { kind, asked, isDryRun, max = Infinity } = order;
  let all: Removal | undefined;
  let passes: readonly Pass[] = [];
  try {
    for (;;) {
      const left = max - (all?.count ?? 0);
      const body = { ...asked, dry_run: isDryRun, ...(left < requestMax && { max: left }) };
      const answer = await client.ask<{ removal: Removal; passes?: readonly Pass[] }>(`/v3/cache/${kind}`, {
        method: 'POST',
        body: { [kind]: body },
      });
      const { removal } = answer;
      all = all ? joined(all, removal) : removal;
      passes = answer.passes ?? passes;
      bar.show(all.count, Math.min(max, all.count + removal.remaining), kind);
      if (isDryRun || removal.remaining === 0 || removal.count === 0 || all.count >= max) break;
    }
  } finally {
    bar.end();
  }
  return { removal: all, passes };
}

/** Counts add up; what is left and what keeps entries is what the last answer says. */
function joined(before: Removal, now: Removal): Removal {
  return {
    ...now,
    count: before.count + now.count,
    size_gib: before.size_gib + now.size_gib,
    skipped: before.skipped + now.skipped,
    pools: now.pools.map((pool) => {
      const earlier = before.pools.find((one) => one.pool === pool.pool);
      const [count, size] = [earlier?.count ?? 0, earlier?.size_gib ?? 0];
      return { ...pool, count: pool.count + count, size_gib: pool.size_gib + size };
    }),
    entries: [...before.entries, ...now.entries],
  };
}

const poolColumns: readonly Column<Removal['pools'][number]>[] = [
  { title: 'POOL', text: ({ pool }) => pool },
  { title: 'ENTRIES', text: ({ count }) => String(count), align: 'right' },
  { title: 'GIB', text: ({ size_gib }) => String(size_gib), align: 'right' },
  { title: 'LEFT', text: ({ remaining }) => String(remaining), align: 'right' },
  { title: 'IN USE', text: ({ in_use }) => String(in_use), align: 'right' },
  { title: 'PINNED', text: ({ pinned }) => String(pinned), align: 'right' },
  { title: 'FILLING', text: ({ filling }) => String(filling), align: 'right' },
  { title: 'RETIRED', text: ({ retired_count }) => String(retired_count), align: 'right' },
  { title: 'RETIRED GIB', text: ({ retired_gib }) => String(retired_gib), align: 'right' },
];

const entryColumns: readonly Column<Removal['entries'][number]>[] = [
  { title: 'ENTRY', text: ({ id }) => id },
  { title: 'IMAGE', text: ({ image_id }) => image_id },
  { title: 'POOL', text: ({ pool }) => pool, shrinks: true },
  { title: 'GIB', text: ({ size_gib }) => String(size_gib), align: 'right' },
  { title: 'REASON', text: ({ reason }) => reason },
];

/** Rows that people are shown; the JSON has more. */
const rowsMax = 50;

export function removedText({ removal, passes }: Removed, columns: number | undefined): string {
  const { dry_run: isDryRun, count, size_gib: size, skipped, remaining, entries, pools } = removal;
  const verb = isDryRun ? 'would be given up' : 'were given up';
  const rows = entries.slice(0, rowsMax);
  return [
    `${count} entries of ${size} GiB ${verb}.`,
    ...(skipped > 0 ? [`${skipped} came into use meanwhile, or went by themselves.`] : []),
    ...(remaining > 0 ? [`${remaining} are left: ask again for those.`] : []),
    ...(pools.length > 0 ? ['', table(poolColumns, pools, '', columns)] : []),
    ...(rows.length > 0 ? ['', table(entryColumns, rows, '', columns)] : []),
    ...(count > rows.length && rows.length > 0 ? [`… and ${count - rows.length} more`] : []),
    ...passes.map(({ pass, status }) => `The janitor's pass ${pass}: ${passWords[status] ?? status}.`),
  ].join('\n');
}

const passWords: Readonly<Record<string, string>> = {
  done: 'done',
  failed: 'it failed',
  unreachable: 'no janitor answers',
};

/** What became of an entry that was deleted, and what keeps its image-volume. */
export function deletedText(
  entry: { readonly id: string; readonly pool: string; readonly status: string; readonly retired_at: string | null },
  users: readonly { readonly id: string }[],
): string {
  if (entry.status === 'reaped') {
    return `Entry ${entry.id} in ${entry.pool} was retired at ${timeText(entry.retired_at)}, and its image-volume is gone.`;
  }
  const named = users.slice(0, rowsMax).map(({ id }) => id);
  const all = `${named.join(', ')}${users.length > named.length ? ', …' : ''}`;
  const stays =
    users.length === 0
      ? 'Its image-volume is removed as soon as nothing uses it.'
      : `Volumes that were made from it, for which its backend may still need the image-volume (${users.length}): ${all}.`;
  return `Entry ${entry.id} in ${entry.pool} is ${entry.status} since ${timeText(entry.retired_at)}. ${stays}`;
}
