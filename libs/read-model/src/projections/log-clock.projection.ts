import type { Commit } from '@hearth/event-sourcing';
import type { FactRows } from './fact-rows';
import { instantOf, occurrenceOf, type Occurrence, type Projection } from './projection';

const key = { name: 'facts' } as const;

/**
 * The log's time: when each commit was stored, by the log's own clock, and never before the commits that stand before it. Comes before the
 * projections that ask for it. Commits that tell of caches are later than all before them, by a millisecond at least: so nothing that is
 * still to come has an instant up to the newest one in the tables, and what a cache was at one of those is told for good, whatever the
 * clocks of hosts say.
 */
export const logClockProjection: Projection = {
  name: 'log-clock',
  needs: (rows) => void rows.logClock.want(key),
  apply(rows, commit) {
    const stored = instantOf(commit.storedAt);
    const last = rows.logClock.get(key)?.at;
    if (last === undefined) return rows.logClock.put({ ...key, at: stored });
    const least = tellsOfCaches(commit) ? new Date(Date.parse(last) + 1).toISOString() : last;
    const at = stored > least ? stored : least;
    if (at !== last) rows.logClock.put({ ...key, at });
  },
};

/** A backend's stream has the settings of its caches. */
function tellsOfCaches({ stream: { category } }: Commit): boolean {
  return category === 'image-cache' || category === 'service';
}

/** When the commit that is folded now happened, by the log's time. */
export function logInstant(rows: FactRows): string {
  return rows.logClock.get(key)!.at;
}

/** Where a pool's commit happened, and when by the log's time. */
export function poolOccurrence(rows: FactRows, commit: Commit): Occurrence {
  return { ...occurrenceOf(commit), at: logInstant(rows) };
}
