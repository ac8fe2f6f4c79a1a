import { LinkedItems } from './linked-items';
import type { Replacement } from './replacement';

/**
 * Copies in the order in which they were made. A hand goes from the oldest to the newest and begins anew: what was used since it
 * last passed is spared once more, the first that was not goes. What is asked for once is gone at the hand's next visit.
 */
export class SieveReplacement implements Replacement {
  private readonly row: LinkedItems;
  private readonly visited: Uint8Array;
  /** Where the hand goes on; -1 for the oldest. */
  private hand = -1;

  constructor(items: number) {
    this.row = LinkedItems.row(items);
    this.visited = new Uint8Array(items);
  }

  insert(item: number): void {
    this.row.append(item);
    this.visited[item] = 0;
  }

  use(item: number): void {
    this.visited[item] = 1;
  }

  evict(): number {
    const { row, visited } = this;
    if (row.oldest < 0) return -1;
    let at = this.hand < 0 ? row.oldest : this.hand;
    while (visited[at]) {
      visited[at] = 0;
      const newer = row.newerThan(at);
      at = newer < 0 ? row.oldest : newer;
    }
    this.take(at);
    return at;
  }

  remove(item: number): void {
    if (item === this.hand) this.take(item);
    else this.row.remove(item);
  }

  private take(item: number): void {
    this.hand = this.row.newerThan(item);
    this.row.remove(item);
  }
}
