import type { Commit } from '@hearth/event-sourcing';
import type { FactRows } from './fact-rows';
import { instantOf, occurrenceOf, type Occurrence } from './projection';

/**
 * When something happened to a pool's cache: by the writer's clock, but never before what the pool's log tells of already. Writers'
 * clocks differ, and what a cache held at a moment that has passed is to be the same whenever it is asked.
 */
export function poolInstant(rows: FactRows, pool: string, recordedAt: string): string {
  const at = instantOf(recordedAt);
  const last = rows.cachePools.get({ pool })?.updatedAt;
  return last !== undefined && last > at ? last : at;
}

/** Where and when a pool's commit happened. The pool's row must be wanted. */
export function poolOccurrence(rows: FactRows, commit: Commit): Occurrence {
  return { ...occurrenceOf(commit), at: poolInstant(rows, commit.stream.id, commit.recordedAt) };
}
