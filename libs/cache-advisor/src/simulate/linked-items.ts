const none = -1;

/** Items in a row, from the oldest to the newest: every change in constant time and without garbage. An item is in it at most once. */
export class LinkedItems {
  /** -1 when there is none. */
  oldest = none;
  newest = none;

  private constructor(
    private readonly newer: Int32Array,
    private readonly older: Int32Array,
  ) {}

  /** An empty row for so many items. */
  static row(items: number): LinkedItems {
    return new LinkedItems(new Int32Array(items), new Int32Array(items));
  }

  /** Several empty rows over one store, as large as one row's: an item is in one of them at most. */
  static rows(items: number, count: number): LinkedItems[] {
    const [newer, older] = [new Int32Array(items), new Int32Array(items)];
    return Array.from({ length: count }, () => new LinkedItems(newer, older));
  }

  /** The next newer one; -1 for the newest. The item must be in the row, as for all but `append`. */
  newerThan(item: number): number {
    return this.newer[item]!;
  }

  /** The next older one; -1 for the oldest. */
  olderThan(item: number): number {
    return this.older[item]!;
  }

  /** Adds an item as the newest. */
  append(item: number): void {
    this.newer[item] = none;
    this.older[item] = this.newest;
    if (this.newest === none) this.oldest = item;
    else this.newer[this.newest] = item;
    this.newest = item;
  }

  remove(item: number): void {
    const newer = this.newer[item]!;
    const older = this.older[item]!;
    if (newer === none) this.newest = older;
    else this.older[newer] = older;
    if (older === none) this.oldest = newer;
    else this.newer[older] = newer;
  }

  /** Makes an item the newest. */
  refresh(item: number): void {
    if (item === this.newest) return;
    this.remove(item);
    this.append(item);
  }
}
