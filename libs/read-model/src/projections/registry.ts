import type { Commit } from '@hearth/event-sourcing';
import { cacheClaimsProjection } from './cache-claims.projection';
import { cacheDecisionsProjection } from './cache-decisions.projection';
import { cacheEntriesProjection } from './cache-entries.projection';
import { cacheEventsProjection } from './cache-events.projection';
import { cachePinsProjection } from './cache-pins.projection';
import { cachePoliciesProjection } from './cache-policies.projection';
import { cachePoolsProjection } from './cache-pools.projection';
import { cachePrefetchesProjection } from './cache-prefetches.projection';
import { cacheUsesProjection } from './cache-uses.projection';
import type { FactRows } from './fact-rows';
import { logClockProjection } from './log-clock.projection';
import type { Projection } from './projection';
import { servicesProjection } from './services.projection';
import { volumesProjection } from './volumes.projection';

/** All projections. They share one checkpoint, so that every table stands at the same position of the log. */
export const projections: readonly Projection[] = [
  logClockProjection,
  cacheEventsProjection,
  volumesProjection,
  cacheDecisionsProjection,
  cacheEntriesProjection,
  cacheClaimsProjection,
  cacheUsesProjection,
  cachePinsProjection,
  cachePrefetchesProjection,
  cachePoolsProjection,
  cachePoliciesProjection,
  servicesProjection,
];

/** Wants every row that folding these commits will look at. */
export function wantRows(rows: FactRows, commits: readonly Commit[]): void {
  for (const projection of projections) projection.needs(rows, commits);
}

/** Folds commits, in order, into rows. */
export function foldCommits(rows: FactRows, commits: readonly Commit[]): void {
  for (const commit of commits) for (const projection of projections) projection.apply(rows, commit);
}
