import { KeyedHeap } from './keyed-heap';
import type { Replacement } from './replacement';

/**
 * The copy with the smallest priority goes first: uses × seconds to fill ÷ GiB, above what the last one that went had
 * (GreedyDual-Size-Frequency). What is small, slow to fetch and often asked for stays; what was such once ages. Of equals the least
 * recently used goes.
 */
export class CostAwareReplacement implements Replacement {
  /** By item: its priority now. */
  private readonly priority: Float64Array;
  private readonly uses: Uint32Array;
  private readonly refillSeconds: Float64Array;
  private readonly usedAt: Uint32Array;
  /** By what priority and use were when an item was put in. Both only rise: they are looked at again on top, and a use costs nothing. */
  private readonly heap: KeyedHeap;
  private inflation = 0;
  private clock = 0;

  /** `removable`: copies go for other reasons than want of room, too. */
  constructor(
    private readonly sizes: Float64Array,
    { removable }: { readonly removable: boolean },
  ) {
    const items = sizes.length;
    this.priority = new Float64Array(items);
    this.uses = new Uint32Array(items);
    this.refillSeconds = new Float64Array(items);
    this.usedAt = new Uint32Array(items);
    this.heap = new KeyedHeap(items, { removable });
  }

  insert(item: number, refillSeconds: number): void {
    this.refillSeconds[item] = refillSeconds;
    this.uses[item] = 0;
    this.use(item);
    this.heap.push(item, this.priority[item]!, this.clock);
  }

  use(item: number): void {
    const uses = this.uses[item]! + 1;
    this.uses[item] = uses;
    this.clock += 1;
    this.usedAt[item] = this.clock;
    this.priority[item] = this.inflation + (uses * this.refillSeconds[item]!) / this.sizes[item]!;
  }

  evict(): number {
    const { heap, usedAt, priority } = this;
    for (;;) {
      const item = heap.top;
      if (item < 0) return item;
      if (heap.topTie === usedAt[item]!) {
        this.inflation = priority[item]!;
        heap.pop();
        return item;
      }
      heap.rekeyTop(priority[item]!, usedAt[item]!);
    }
  }

  remove(item: number): void {
    this.heap.remove(item);
  }
}
