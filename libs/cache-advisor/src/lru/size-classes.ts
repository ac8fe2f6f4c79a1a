import { LinkedItems } from '../simulate/linked-items';

/** The items of a trace by size, smallest first; each class lists its items by their last use. */
export class SizeClasses {
  /** GiB, ascending. */
  readonly sizes: Float64Array;
  private readonly classOf: Uint32Array;
  private readonly rows: readonly LinkedItems[];
  /** By item: the ordinal of its last use, -1 for never. */
  private readonly usedAt: Float64Array;
  private uses = 0;

  constructor(itemSizes: Float64Array) {
    this.sizes = Float64Array.from(new Set(itemSizes)).sort();
    const ordinals = new Map([...this.sizes].map((size, ordinal) => [size, ordinal]));
    this.classOf = Uint32Array.from(itemSizes, (size) => ordinals.get(size)!);
    this.rows = LinkedItems.rows(itemSizes.length, this.sizes.length);
    this.usedAt = new Float64Array(itemSizes.length).fill(-1);
  }

  classOfItem(item: number): number {
    return this.classOf[item]!;
  }

  use(item: number): void {
    const row = this.rows[this.classOf[item]!]!;
    if (this.usedAt[item]! < 0) row.append(item);
    else row.refresh(item);
    this.usedAt[item] = this.uses;
    this.uses += 1;
  }

  /** Sum of the sizes of a class's items used since an item's last use, itself included; counting stops when it reaches `enough`. */
  sizeSince(item: number, ofClass: number, enough: number): number {
    const since = this.usedAt[item]!;
    const size = this.sizes[ofClass]!;
    const row = this.rows[ofClass]!;
    let sum = 0;
    for (let at = row.newest; at >= 0 && this.usedAt[at]! >= since && sum < enough; at = row.olderThan(at)) sum += size;
    return sum;
  }
}
