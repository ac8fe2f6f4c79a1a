import { OffsetHeap } from './offset-heap';
import type { DeflatedExtent, L1Ref, TableRef } from './tables';

/** A stretch of the file that is of use only once it is whole. */
export type WholeExtent = L1Ref | TableRef | DeflatedExtent;

/** Stretches that have begun, by where they end. Their bytes are the history's. */
export class GatheredExtents {
  private readonly open = new OffsetHeap<{
    readonly host: number;
    readonly guest: number;
    readonly extent: WholeExtent;
  }>();

  get size(): number {
    return this.open.size;
  }

  begin(extent: WholeExtent): void {
    this.open.push({ host: extent.host + extent.length, guest: extent.guest, extent });
  }

  /** Takes out the stretch that ends first, if it ends at or before `position`. */
  takeWhole(position: number): WholeExtent | undefined {
    const first = this.open.peek();
    return first && first.host <= position ? this.open.pop()?.extent : undefined;
  }
}
