import type { CacheEntry, ImageCache } from '../image-cache/image-cache.state';

/**
 * SIEVE (Zhang et al., NSDI 2024): a hand goes over the entries from the oldest to the newest and begins again; it passes over one
 * that was hit since it last came by, and takes the first that was not. A hit moves nothing. An entry that is used once is gone
 * after one round; one that is hit stays as long as that goes on.
 *
 * No mark is cleared: an entry remembers in which lap the hand comes to it next, and the mark holds until the hand has.
 */
export function* sieved(cache: ImageCache, mayGo: (entry: CacheEntry) => boolean): Iterable<CacheEntry> {
  const { hand, entries } = cache;
  const marked: CacheEntry[] = [];
  for (const entry of entries.from(hand.generation)) {
    if (!mayGo(entry)) continue;
    if (isVisited(cache, entry)) marked.push(entry);
    else yield entry;
  }
  for (const entry of entries.values()) {
    if (entry.generation >= hand.generation) break;
    if (!mayGo(entry)) continue;
    if (isVisited(cache, entry)) marked.push(entry);
    else yield entry;
  }
  yield* marked;
}

/** Whether it was hit since the hand last passed it. */
export function isVisited({ hand }: Pick<ImageCache, 'hand'>, { generation, visitedLap }: CacheEntry): boolean {
  return hand.lap < visitedLap || (hand.lap === visitedLap && hand.generation <= generation);
}

/** The lap in which the hand comes to an entry from where it is now. */
export function lapOfNextVisit({ hand }: Pick<ImageCache, 'hand'>, generation: number): number {
  return hand.generation <= generation ? hand.lap : hand.lap + 1;
}

/** Where the hand is once it has taken `victim`; to one that was marked it has come twice. */
export function handAfterTaking(cache: ImageCache, victim: CacheEntry): ImageCache['hand'] {
  const lap = lapOfNextVisit(cache, victim.generation) + (isVisited(cache, victim) ? 1 : 0);
  return { lap, generation: victim.generation + 1 };
}

/** A hand behind the newest entry begins again: what is added next is not the first that it looks at. */
export function handAfterRetiring({ hand, entries }: Pick<ImageCache, 'hand' | 'entries'>): ImageCache['hand'] {
  if (hand.generation === 0) return hand;
  for (const { status } of entries.from(hand.generation)) if (status !== 'retired') return hand;
  return { lap: hand.lap + 1, generation: 0 };
}
