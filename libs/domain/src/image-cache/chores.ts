import { type Generation, type VolumeId, secondsBetween } from '@hearth/kernel';
import { isPastGrace } from '../eviction/ageing';
import { waitersOf } from './fill.decide';
import {
  type CacheEntry,
  type ImageCache,
  isIdle,
  isPinned,
  isPinnedForAnother,
  liveEntriesOf,
} from './image-cache.state';
import { fillOf } from './prefetch.decide';

/** A process that may have died. */
type IsAlive = (process: { readonly host: string; readonly incarnation: string }) => boolean;

/** The present moment, ISO 8601, and how long entries of images that are gone stay. */
export interface ChoreClock {
  readonly now: string;
  readonly graceSeconds: number;
}

/** Work that a pool's cache owes, whoever was to do it and died. */
export type Chore =
  /** A fill whose process is no more, or whose create holds it no more: nobody runs it. */
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
  /** A fill that a prefetch began, which was cancelled, and for which nobody else waits: it is to be failed. */
  | { readonly do: 'stop-prefetch'; readonly prefetchId: string; readonly generation: Generation }
  /** A prefetch whose deadline has passed before its fill was begun. */
  | { readonly do: 'expire-prefetch'; readonly prefetchId: string; readonly imageId: string }
  /** A prefetch whose fill is to be begun, or which finds that there is an entry. */
  | { readonly do: 'run-prefetch'; readonly prefetchId: string; readonly imageId: string }
  /** Idle entries of a cache that is switched off: `Prune` by age takes them. */
  | { readonly do: 'drain'; readonly count: number }
  /** Idle entries whose image is gone for longer than the grace period: the same. */
  | { readonly do: 'expire-grace'; readonly count: number }
  /** A create that may have ended without settling its claim. */
  | { readonly do: 'check-claim'; readonly volumeId: VolumeId };

/**
 * What the cache owes now, in the order in which it is best done. `isAlive` says whether a process (a host and its incarnation)
 * still runs; what comes due by time is owed only where `clock` tells it. Idempotent: a chore that was done is not owed again.
 */
export function owedChores(cache: ImageCache, isAlive: IsAlive, clock?: ChoreClock): readonly Chore[] {
  const chores: Chore[] = [];
  for (const entry of cache.entries.values()) chores.push(...owedFor(entry, cache, isAlive));
  chores.push(...owedToPrefetches(cache, clock), ...owedEvictions(cache, clock));
  for (const volumeId of cache.claims.keys()) chores.push({ do: 'check-claim', volumeId: volumeId as VolumeId });
  return chores.sort((one, other) => order.indexOf(one.do) - order.indexOf(other.do));
}

const order: readonly Chore['do'][] = [
  'abandon-fill',
  'release-waiters',
  'stop-prefetch',
  'expire-prefetch',
  'drain',
  'expire-grace',
  'run-prefetch',
  'reap',
  'check-claim',
];

function owedFor(entry: CacheEntry, cache: ImageCache, isAlive: IsAlive): Chore[] {
  const { generation, imageVolumeId, filler } = entry;
  if (entry.status === 'filling') {
    const { host, incarnation } = filler;
    return isAlive(filler) && isHeld(entry, cache) ? [] : [{ do: 'abandon-fill', generation, host, incarnation }];
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

/** A fill that a create began is that create's alone to run. */
function isHeld({ generation, filler: { volumeId } }: CacheEntry, { claims }: ImageCache): boolean {
  return volumeId === null || claims.get(volumeId)?.generation === generation;
}

/** A fill of the image that runs, whoever began it, ends the prefetch: until then it owes nothing. */
function owedToPrefetches(cache: ImageCache, clock: ChoreClock | undefined): Chore[] {
  const owed: Chore[] = [];
  for (const prefetch of cache.prefetches.values()) {
    const { prefetchId, imageId, deadline, cancelled } = prefetch;
    const fill = fillOf(cache, prefetch);
    const isFilling = liveEntriesOf(cache, imageId).some(({ status }) => status === 'filling');
    if (cancelled && fill && fill.claims === 0) {
      owed.push({ do: 'stop-prefetch', prefetchId, generation: fill.generation });
    }
    if (cancelled || isFilling) continue;
    const isLate = clock !== undefined && deadline !== null && secondsBetween(deadline, clock.now) >= 0;
    if (isLate) owed.push({ do: 'expire-prefetch', prefetchId, imageId });
    else if (!cache.off) owed.push({ do: 'run-prefetch', prefetchId, imageId });
  }
  return owed;
}

function owedEvictions(cache: ImageCache, clock: ChoreClock | undefined): Chore[] {
  const isDraining = cache.off?.ready === 'drain';
  let drained = 0;
  let past = 0;
  for (const entry of cache.entries.values()) {
    if (!isIdle(entry)) continue;
    if (clock && isPastGrace(entry, clock, clock.now) && !isPinnedForAnother(cache, entry)) past += 1;
    else if (isDraining && !isPinned(cache, entry)) drained += 1;
  }
  const owed: Chore[] = [];
  if (drained > 0) owed.push({ do: 'drain', count: drained });
  if (past > 0) owed.push({ do: 'expire-grace', count: past });
  return owed;
}
