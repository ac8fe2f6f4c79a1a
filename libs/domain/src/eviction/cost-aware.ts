import type { CacheEntry, ImageCache } from '../image-cache/image-cache.state';

/**
 * Greedy dual size frequency (Cherkasova, 1998): what costs most to have again for the space that it takes, and is asked for most,
 * stays longest. An entry's worth is fixed at each use, on top of what the last victim was worth: so what was asked for often, long
 * ago, goes in time.
 */
export function* leastWorth(cache: ImageCache, mayGo: (entry: CacheEntry) => boolean): Iterable<CacheEntry> {
  const first = firstFew(cache, mayGo);
  yield* first;
  if (first.length < fewMax) return;
  const before = first.at(-1)!;
  const heap = cache.entries.filter((entry) => goesBefore(before, entry) && mayGo(entry));
  for (let at = (heap.length >> 1) - 1; at >= 0; at -= 1) sink(heap, at);
  for (let least = heap[0]; least; least = heap[0]) {
    yield least;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    heap[0] = last;
    sink(heap, 0);
  }
}

/** As many as most plans take: they are found in one pass, and the rest is put in order only for one that takes more. */
const fewMax = 32;

/** The first to go, in order. */
function firstFew(cache: ImageCache, mayGo: (entry: CacheEntry) => boolean): readonly CacheEntry[] {
  const few: CacheEntry[] = [];
  let worthMax = Infinity;
  cache.entries.forEach((entry) => {
    // Nearly all end here.
    if (entry.priority > worthMax || !mayGo(entry)) return;
    let at = few.length;
    while (at > 0 && goesBefore(entry, few[at - 1]!)) at -= 1;
    few.splice(at, 0, entry);
    if (few.length > fewMax) few.pop();
    if (few.length === fewMax) worthMax = few[fewMax - 1]!.priority;
  });
  return few;
}

/** Worth in seconds a GiB; one that was not used yet counts as used once. */
export function priorityOf(
  { uses, refillSeconds, sizeGib }: Pick<CacheEntry, 'uses' | 'refillSeconds' | 'sizeGib'>,
  inflation: number,
): number {
  return inflation + (Math.max(1, uses) * refillSeconds) / sizeGib;
}

/** What a fill took, by its durations in milliseconds: `fill` where that is said, else all steps. At least a millisecond. */
export function refillSecondsOf(durationsMs: Readonly<Record<string, number>>): number {
  const ms = durationsMs['fill'] ?? Object.values(durationsMs).reduce((sum, each) => sum + each, 0);
  return Math.max(1, ms) / 1_000;
}

function goesBefore(one: CacheEntry, other: CacheEntry): boolean {
  return one.priority < other.priority || (one.priority === other.priority && one.lastUse < other.lastUse);
}

function sink(heap: CacheEntry[], from: number): void {
  const entry = heap[from]!;
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && goesBefore(heap[child + 1]!, heap[child]!)) child += 1;
    if (!goesBefore(heap[child]!, entry)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = entry;
}
