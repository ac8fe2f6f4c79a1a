/**
 * Which items were used last, with the sum of the sizes of all that were used after a given one, in O(log items): a Fenwick tree
 * over moments of use. Moments that no item has any more are given back when they have run out, so that the tree never outgrows
 * the number of items.
 */
export class RecencyTree {
  private readonly moments: number;
  /** Sums over moments, from 1. */
  private readonly tree: Float64Array;
  /** By moment: the item used then, or -1. */
  private readonly itemAt: Int32Array;
  /** By item: its last use; 0 for never. */
  private readonly lastUse: Uint32Array;
  private now = 0;
  private sum = 0;

  constructor(private readonly sizes: Float64Array) {
    this.moments = Math.max(momentsMin, 2 * sizes.length);
    this.tree = new Float64Array(this.moments + 1);
    this.itemAt = new Int32Array(this.moments + 1).fill(-1);
    this.lastUse = new Uint32Array(sizes.length);
  }

  /** Sum of the sizes of the distinct items used since the last use of this one, itself included; -1 when it was never used. */
  sizeSince(item: number): number {
    const moment = this.lastUse[item]!;
    if (moment === 0) return -1;
    const { tree } = this;
    let older = 0;
    for (let at = moment - 1; at > 0; at &= at - 1) older += tree[at]!;
    return this.sum - older;
  }

  use(item: number): void {
    if (this.now === this.moments) this.renumber();
    const size = this.sizes[item]!;
    const before = this.lastUse[item]!;
    if (before > 0) {
      this.itemAt[before] = -1;
      this.add(before, -size);
    } else {
      this.sum += size;
    }
    this.now += 1;
    this.lastUse[item] = this.now;
    this.itemAt[this.now] = item;
    this.add(this.now, size);
  }

  private add(moment: number, size: number): void {
    const { tree, moments } = this;
    for (let at = moment; at <= moments; at += at & -at) tree[at]! += size;
  }

  /** The moments that are in use become the first ones, in their order. */
  private renumber(): void {
    const { tree, itemAt, lastUse, sizes, moments } = this;
    tree.fill(0);
    let kept = 0;
    for (let moment = 1; moment <= moments; moment++) {
      const item = itemAt[moment]!;
      if (item < 0) continue;
      kept += 1;
      itemAt[moment] = -1;
      itemAt[kept] = item;
      lastUse[item] = kept;
      tree[kept] = sizes[item]!;
    }
    for (let at = 1; at <= moments; at++) {
      const parent = at + (at & -at);
      if (parent <= moments) tree[parent]! += tree[at]!;
    }
    this.now = kept;
  }
}

/** So that few items do not mean many renumberings. */
const momentsMin = 1024;
