import { LinkedItems } from './linked-items';
import type { Replacement } from './replacement';

/** The least recently used copy goes first. */
export class LruReplacement implements Replacement {
  private readonly row: LinkedItems;

  constructor(items: number) {
    this.row = LinkedItems.row(items);
  }

  insert(item: number): void {
    this.row.append(item);
  }

  use(item: number): void {
    this.row.refresh(item);
  }

  evict(): number {
    const { oldest } = this.row;
    if (oldest >= 0) this.row.remove(oldest);
    return oldest;
  }

  remove(item: number): void {
    this.row.remove(item);
  }
}
