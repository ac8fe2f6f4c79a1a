/** Limits of a pool's cache; each 0 means unlimited, and each holds by itself. */
export interface CacheLimits {
  readonly maxSizeGib: number;
  readonly maxCount: number;
}

/** What the plan needs to know of an entry. */
export interface Evictable {
  readonly sizeGib: number;
  /** Rises with every use: the entry with the smallest is the least recently used. */
  readonly lastUse: number;
}

/** What counts against the limits now: filling and ready entries. */
export interface CacheUsage {
  readonly sizeGib: number;
  readonly count: number;
}

/** True when an image of this size may be cached at all: over the GiB limit it is not, and evicts nothing. */
export function fitsCache(sizeGib: number, { maxSizeGib }: CacheLimits): boolean {
  return maxSizeGib === 0 || sizeGib <= maxSizeGib;
}

/**
 * The entries to give up, least recently used first, so that `incoming` fits beside `usage`; undefined when it never will,
 * and then nothing is given up. `idle` are the entries that may go: ready and in nobody's use.
 */
export function planEviction<Entry extends Evictable>(
  idle: Iterable<Entry>,
  usage: CacheUsage,
  incoming: CacheUsage,
  limits: CacheLimits,
): readonly Entry[] | undefined {
  if (!fitsCache(incoming.sizeGib, limits)) return undefined;
  let { sizeGib, count } = { sizeGib: usage.sizeGib + incoming.sizeGib, count: usage.count + incoming.count };
  const over = () =>
    (limits.maxSizeGib > 0 && sizeGib > limits.maxSizeGib) || (limits.maxCount > 0 && count > limits.maxCount);
  if (!over()) return [];
  const plan: Entry[] = [];
  for (const entry of [...idle].sort((one, other) => one.lastUse - other.lastUse)) {
    plan.push(entry);
    sizeGib -= entry.sizeGib;
    count -= 1;
    if (!over()) return plan;
  }
  return undefined;
}

/** What to give up so that limits which were lowered hold again, or come as near as entries in use allow. */
export function planTrim<Entry extends Evictable>(
  idle: Iterable<Entry>,
  usage: CacheUsage,
  limits: CacheLimits,
): readonly Entry[] {
  const entries = [...idle];
  return planEviction(entries, usage, { sizeGib: 0, count: 0 }, limits) ?? entries;
}
