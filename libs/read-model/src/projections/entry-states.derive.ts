import type { CacheEntryStateRow } from '../tables/cache-entry-states.table';
import type { CacheEntryRow } from '../tables/cache-entries.table';
import type { FactRows } from './fact-rows';
import type { Occurrence } from './projection';

/**
 * Ends the state in which an entry was and begins the one in which it is, where they differ. Returns the entry with the place of its
 * present state.
 */
export function followState(
  states: FactRows['cacheEntryStates'],
  before: CacheEntryRow | undefined,
  after: CacheEntryRow,
  { at, sequence }: Pick<Occurrence, 'at' | 'sequence'>,
): CacheEntryRow {
  if (before && isSameState(before, after)) return after;
  const entry = { ...after, stateSequence: sequence, stateSince: at };
  const past = before && stateOf(before, at);
  if (past) states.put(past);
  const present = stateOf(entry, null);
  if (present) states.put(present);
  return entry;
}

function isSameState(one: CacheEntryRow, other: CacheEntryRow): boolean {
  return (
    one.status === other.status &&
    one.sizeGib === other.sizeGib &&
    one.suspended === other.suspended &&
    one.imageId === other.imageId &&
    one.content === other.content
  );
}

/** Undefined for an entry that is no more. */
function stateOf(entry: CacheEntryRow, validTo: string | null): CacheEntryStateRow | undefined {
  const { status } = entry;
  if (status === 'reaped') return undefined;
  return {
    pool: entry.pool,
    generation: entry.generation,
    sequence: entry.stateSequence,
    imageId: entry.imageId,
    imageName: entry.imageName,
    imageVolumeId: entry.imageVolumeId,
    content: entry.content,
    projectId: entry.projectId,
    status,
    sizeGib: entry.sizeGib,
    suspended: entry.suspended,
    validFrom: entry.stateSince,
    validTo,
  };
}
