import type { ShadowRules } from '../simulate/rules';
import type { Trace } from '../trace/trace';

/** What each request got, and every copy that went, in order. */
export interface PlainRun {
  readonly hits: readonly boolean[];
  readonly evicted: readonly { readonly index: number; readonly item: number; readonly reason: 'limit' | 'ttl' }[];
}

interface Copy {
  readonly item: number;
  readonly sizeGib: number;
  readonly refillSeconds: number;
  usedAtMs: number;
  tick: number;
  uses: number;
  visited: boolean;
  priority: number;
}

/** The rules of the policies as they are said, one step at a time over plain lists: slow, and easy to check by eye. */
export function runPlainly(trace: Trace, rules: ShadowRules): PlainRun {
  const cache = new PlainCache(rules);
  for (let index = 0; index < trace.length; index++) {
    const item = trace.item[index]!;
    cache.request(index, {
      item,
      sizeGib: trace.items.sizeGib[item]!,
      atMs: trace.at[index]!,
      refillSeconds: trace.refillSeconds[index]!,
    });
  }
  return { hits: cache.hits, evicted: cache.evicted };
}

interface Request {
  readonly item: number;
  readonly sizeGib: number;
  readonly atMs: number;
  readonly refillSeconds: number;
}

class PlainCache {
  readonly hits: boolean[] = [];
  readonly evicted: PlainRun['evicted'][number][] = [];
  /** In the order in which they were made. */
  private copies: Copy[] = [];
  private asked = new Map<number, number>();
  /** The copy at which the hand goes on; none for the oldest. */
  private hand: Copy | undefined;
  private inflation = 0;
  private tick = 0;

  constructor(private readonly rules: ShadowRules) {}

  request(index: number, request: Request): void {
    const { ttlSeconds = 0 } = this.rules;
    const expired = this.copies.filter(
      ({ usedAtMs }) => ttlSeconds > 0 && request.atMs - usedAtMs >= ttlSeconds * 1000,
    );
    for (const copy of expired.sort((one, other) => one.tick - other.tick)) this.drop(copy, index, 'ttl');
    const copy = this.copies.find(({ item }) => item === request.item);
    this.hits.push(copy !== undefined);
    if (copy) this.use(copy, request);
    else this.fill(index, request);
  }

  private use(copy: Copy, { atMs }: Request): void {
    this.tick += 1;
    copy.tick = this.tick;
    copy.usedAtMs = atMs;
    copy.uses += 1;
    copy.visited = true;
    copy.priority = this.inflation + (copy.uses * copy.refillSeconds) / copy.sizeGib;
  }

  private fill(index: number, request: Request): void {
    const { item, sizeGib, refillSeconds, atMs } = request;
    const { limitGib, maxCount = 0 } = this.rules;
    if (limitGib > 0 && sizeGib > limitGib) return;
    if (!this.isAdmitted(request)) return;
    const isOver = () =>
      (limitGib > 0 && total(this.copies) + sizeGib > limitGib) || (maxCount > 0 && this.copies.length + 1 > maxCount);
    while (isOver()) this.drop(this.victim(), index, 'limit');
    const copy = { item, sizeGib, refillSeconds, usedAtMs: atMs, tick: 0, uses: 0, visited: false, priority: 0 };
    this.copies.push(copy);
    this.use(copy, request);
    copy.visited = false;
  }

  private isAdmitted({ item, atMs }: Request): boolean {
    const { admission } = this.rules;
    if (admission?.mode !== 'second-request') return true;
    const before = this.asked.get(item);
    if (before !== undefined && atMs - before <= admission.windowSeconds * 1000) return this.asked.delete(item);
    this.asked.set(item, atMs);
    return false;
  }

  private victim(): Copy {
    if (this.rules.policy === 'sieve') return this.firstUnvisited();
    const { policy } = this.rules;
    const [first] = [...this.copies].sort(
      (one, other) => (policy === 'lru' ? 0 : one.priority - other.priority) || one.tick - other.tick,
    );
    return first!;
  }

  private firstUnvisited(): Copy {
    for (let at = this.hand ? this.copies.indexOf(this.hand) : 0; ; at = (at + 1) % this.copies.length) {
      const copy = this.copies[at]!;
      if (!copy.visited) return copy;
      copy.visited = false;
    }
  }

  private drop(copy: Copy, index: number, reason: 'limit' | 'ttl'): void {
    const at = this.copies.indexOf(copy);
    if (copy === this.hand || reason === 'limit') this.hand = this.copies[at + 1];
    if (reason === 'limit') this.inflation = copy.priority;
    this.copies.splice(at, 1);
    this.evicted.push({ index, item: copy.item, reason });
  }
}

const total = (copies: readonly Copy[]) => copies.reduce((sum, { sizeGib }) => sum + sizeGib, 0);
