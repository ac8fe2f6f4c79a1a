import type { CacheEntryRow } from '../tables/cache-entries.table';
import type { VolumeRow } from '../tables/volumes.table';
import type { RowSet } from './row-set';

/** The entry that a volume was made from, as long as the volume is there. */
export function sourceEntryOf(volume: VolumeRow | undefined) {
  if (!volume?.decision?.entry || volume.launchedAt === null || volume.deletedAt !== null) return undefined;
  const { pool, generation } = volume.decision.entry;
  return { pool, generation };
}

/** Counts a volume in or out where it began or ceased to depend on an entry. */
export function followUse(
  entries: RowSet<CacheEntryRow, 'pool' | 'generation'>,
  before: VolumeRow | undefined,
  after: VolumeRow | undefined,
): void {
  const [was, is] = [sourceEntryOf(before), sourceEntryOf(after)];
  if (was?.pool === is?.pool && was?.generation === is?.generation) return;
  for (const [source, step] of [
    [was, -1],
    [is, 1],
  ] as const) {
    const entry = source && entries.get(source);
    // One whose fill no fact tells of counts nothing.
    if (entry) entries.put({ ...entry, usedBy: Math.max(0, entry.usedBy + step) });
  }
}
