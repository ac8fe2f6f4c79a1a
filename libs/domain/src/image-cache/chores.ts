import type { Generation, VolumeId } from '@hearth/kernel';
import { waitersOf } from './fill.decide';
import type { CacheEntry, ImageCache } from './image-cache.state';

/** Work that a pool's cache owes, whoever was to do it and died. */
export type Chore =
  /** A fill whose process is no more. */
  | {
      readonly do: 'abandon-fill';
      readonly generation: Generation;
      readonly host: string;
      readonly incarnation: string;
    }
  /** Creates that wait for a fill which has ended. */
  | { readonly do: 'release-waiters'; readonly generation: Generation }
  /** An image-volume that nothing needs any more. */
  | { readonly do: 'reap'; readonly generation: Generation; readonly imageVolumeId: VolumeId }
  /** A create that may have ended without settling its claim. */
  | { readonly do: 'check-claim'; readonly volumeId: VolumeId };

/**
 * What the cache owes now, in the order in which it is best done. `isAlive` says whether a process (a host and its incarnation)
 * still runs. Idempotent: a chore that was done is not owed again.
 */
export function owedChores(
  cache: ImageCache,
  isAlive: (process: { readonly host: string; readonly incarnation: string }) => boolean,
): readonly Chore[] {
  const chores: Chore[] = [];
  for (const entry of cache.entries.values()) chores.push(...owedFor(entry, cache, isAlive));
  for (const volumeId of cache.claims.keys()) chores.push({ do: 'check-claim', volumeId: volumeId as VolumeId });
  return chores.sort((one, other) => order.indexOf(one.do) - order.indexOf(other.do));
}

const order: readonly Chore['do'][] = ['abandon-fill', 'release-waiters', 'reap', 'check-claim'];

function owedFor(
  entry: CacheEntry,
  cache: ImageCache,
  isAlive: (process: { readonly host: string; readonly incarnation: string }) => boolean,
): Chore[] {
  const { generation, imageVolumeId, filler } = entry;
  if (entry.status === 'filling') {
    const { host, incarnation } = filler;
    return isAlive(filler) ? [] : [{ do: 'abandon-fill', generation, host, incarnation }];
  }
  const owed: Chore[] = [];
  if (entry.claims > entry.leases && waitersOf(cache, generation).length > 0) {
    owed.push({ do: 'release-waiters', generation });
  }
  if (entry.status === 'retired' && entry.leases === 0 && !entry.reaped) {
    owed.push({ do: 'reap', generation, imageVolumeId });
  }
  return owed;
}
