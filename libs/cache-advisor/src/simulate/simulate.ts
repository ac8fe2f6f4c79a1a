import type { EvictionPolicy } from '@hearth/contracts';
import { noSums, type Sums } from '../trace/measure';
import type { Trace } from '../trace/trace';
import { CostAwareReplacement } from './cost-aware.replacement';
import { LinkedItems } from './linked-items';
import { LruReplacement } from './lru.replacement';
import type { Replacement } from './replacement';
import { checkRules, type ShadowRules } from './rules';
import { SieveReplacement } from './sieve.replacement';

/** What a cache would have done. */
export interface Simulated {
  /** Of the requests that would have been served from a copy. */
  readonly hits: Sums;
  /** Copies given up for want of room. */
  readonly evictions: { readonly count: number; readonly sizeGib: number };
  /** Copies that went because nobody used them for too long. */
  readonly expired: { readonly count: number; readonly sizeGib: number };
  /** Misses that made no copy: larger than the limit, or asked for the first time in the window of admission. */
  readonly notCached: { readonly largerThanLimit: number; readonly notAdmitted: number };
  /** The most that the copies had, in GiB, and what they had at the end. */
  readonly sizeGib: { readonly most: number; readonly last: number };
}

/** Who wants to see each step; `index` is the ordinal of the decision. */
export interface Observer {
  /** True when a copy served it. */
  served?(index: number, isHit: boolean): void;
  evicted?(index: number, item: number, reason: 'limit' | 'ttl'): void;
}

/**
 * A trace served by a cache with these rules, empty at the beginning. A fill takes no time, so that requests which joined one are
 * hits, and no copy is in use when room is needed. Throws `UnusableRulesError`.
 */
export function simulate(trace: Trace, rules: ShadowRules, observer: Observer = {}): Simulated {
  checkRules(rules);
  const run = new CacheRun(trace, rules, observer);
  for (let index = 0; index < trace.length; index++) run.request(index);
  return run.result();
}

const replacements: Record<EvictionPolicy, (sizes: Float64Array, removable: boolean) => Replacement> = {
  lru: (sizes) => new LruReplacement(sizes.length),
  sieve: (sizes) => new SieveReplacement(sizes.length),
  'cost-aware': (sizes, removable) => new CostAwareReplacement(sizes, { removable }),
};

class CacheRun {
  private readonly replacement: Replacement;
  private readonly isCached: Uint8Array;
  private readonly ageing: Ageing | undefined;
  private readonly admission: Admission | undefined;
  private readonly limitGib: number;
  private readonly maxCount: number;
  private sizeGib = 0;
  private count = 0;
  private mostGib = 0;
  private readonly hits = { ...noSums };
  private readonly evictions = { count: 0, sizeGib: 0 };
  private readonly expired = { count: 0, sizeGib: 0 };
  private readonly notCached = { largerThanLimit: 0, notAdmitted: 0 };

  constructor(
    private readonly trace: Trace,
    { policy, limitGib, maxCount = 0, ttlSeconds = 0, admission }: ShadowRules,
    private readonly observer: Observer,
  ) {
    const { count, sizeGib } = trace.items;
    this.replacement = replacements[policy](sizeGib, ttlSeconds > 0);
    this.isCached = new Uint8Array(count);
    this.limitGib = limitGib || Infinity;
    this.maxCount = maxCount || Infinity;
    this.ageing = ttlSeconds > 0 ? new Ageing(count, ttlSeconds * 1000) : undefined;
    this.admission =
      admission?.mode === 'second-request' ? new Admission(count, admission.windowSeconds * 1000) : undefined;
  }

  request(index: number): void {
    const { trace, ageing } = this;
    const item = trace.item[index]!;
    if (ageing) this.expire(ageing, index);
    const isHit = this.isCached[item] === 1;
    if (isHit) this.serve(item, index);
    else this.miss(item, index);
    this.observer.served?.(index, isHit);
  }

  result(): Simulated {
    const { hits, evictions, expired, notCached, mostGib, sizeGib } = this;
    return { hits, evictions, expired, notCached, sizeGib: { most: mostGib, last: sizeGib } };
  }

  private serve(item: number, index: number): void {
    const { hits, trace } = this;
    hits.requests += 1;
    hits.bytes += trace.items.bytes[item]!;
    hits.seconds += trace.refillSeconds[index]!;
    this.replacement.use(item);
    this.ageing?.use(item, trace.at[index]!);
  }

  private miss(item: number, index: number): void {
    const { trace, limitGib, maxCount } = this;
    const size = trace.items.sizeGib[item]!;
    if (size > limitGib) {
      this.notCached.largerThanLimit += 1;
      return;
    }
    if (this.admission && !this.admission.admits(item, trace.at[index]!)) {
      this.notCached.notAdmitted += 1;
      return;
    }
    while (this.sizeGib + size > limitGib || this.count + 1 > maxCount) this.evict(index);
    this.replacement.insert(item, trace.refillSeconds[index]!);
    this.ageing?.insert(item, trace.at[index]!);
    this.isCached[item] = 1;
    this.sizeGib += size;
    this.count += 1;
    if (this.sizeGib > this.mostGib) this.mostGib = this.sizeGib;
  }

  private evict(index: number): void {
    const item = this.replacement.evict();
    this.ageing?.remove(item);
    this.forget(item, this.evictions);
    this.observer.evicted?.(index, item, 'limit');
  }

  private expire(ageing: Ageing, index: number): void {
    for (;;) {
      const item = ageing.takeExpired(this.trace.at[index]!);
      if (item < 0) return;
      this.replacement.remove(item);
      this.forget(item, this.expired);
      this.observer.evicted?.(index, item, 'ttl');
    }
  }

  private forget(item: number, into: { count: number; sizeGib: number }): void {
    const size = this.trace.items.sizeGib[item]!;
    this.isCached[item] = 0;
    this.sizeGib -= size;
    this.count -= 1;
    into.count += 1;
    into.sizeGib += size;
  }
}

/** Copies by their last use, whatever the policy. */
class Ageing {
  private readonly row: LinkedItems;
  private readonly usedAt: Float64Array;

  constructor(
    items: number,
    private readonly ttlMs: number,
  ) {
    this.row = LinkedItems.row(items);
    this.usedAt = new Float64Array(items);
  }

  insert(item: number, at: number): void {
    this.row.append(item);
    this.usedAt[item] = at;
  }

  use(item: number, at: number): void {
    this.row.refresh(item);
    this.usedAt[item] = at;
  }

  remove(item: number): void {
    this.row.remove(item);
  }

  /** A copy that is too old, taken out; -1 when there is none. */
  takeExpired(at: number): number {
    const { oldest } = this.row;
    if (oldest < 0 || at - this.usedAt[oldest]! < this.ttlMs) return -1;
    this.row.remove(oldest);
    return oldest;
  }
}

/** Which contents were asked for lately without being cached. */
class Admission {
  private readonly askedAt: Float64Array;

  constructor(
    items: number,
    private readonly windowMs: number,
  ) {
    this.askedAt = new Float64Array(items).fill(-Infinity);
  }

  /** False for the first request in a window, which is noted. */
  admits(item: number, at: number): boolean {
    const isKnown = at - this.askedAt[item]! <= this.windowMs;
    this.askedAt[item] = isKnown ? -Infinity : at;
    return isKnown;
  }
}
