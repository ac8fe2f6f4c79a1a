/** A binary heap: gives back what was put in, lowest `host` first, and lowest `guest` first among equals. */
export class OffsetHeap<Item extends { readonly host: number; readonly guest: number }> {
  private readonly items: Item[] = [];

  get size(): number {
    return this.items.length;
  }

  peek(): Item | undefined {
    return this.items[0];
  }

  push(item: Item): void {
    let at = this.items.length;
    this.items.push(item);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.items[parentAt]!;
      if (!precedes(item, parent)) break;
      this.items[at] = parent;
      at = parentAt;
    }
    this.items[at] = item;
  }

  pop(): Item | undefined {
    const first = this.items[0];
    const last = this.items.pop();
    if (first === undefined || last === undefined || this.items.length === 0) return first;
    this.sink(last);
    return first;
  }

  /** Places an item from the root downwards, in the gap the first one left. */
  private sink(item: Item): void {
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= this.items.length) break;
      const right = this.items[childAt + 1];
      if (right && precedes(right, this.items[childAt]!)) childAt += 1;
      const child = this.items[childAt]!;
      if (!precedes(child, item)) break;
      this.items[at] = child;
      at = childAt;
    }
    this.items[at] = item;
  }
}

type Placed = { readonly host: number; readonly guest: number };

function precedes(a: Placed, b: Placed): boolean {
  return a.host < b.host || (a.host === b.host && a.guest < b.guest);
}
