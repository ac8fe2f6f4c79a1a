/** Children of one parent: keys of siblings are read together, and the heap is half as deep as a binary one. */
const arity = 4;

/**
 * Items by a key of two parts, the smallest on top. The keys lie in the order of the heap, not of the items, so that sinking reads
 * memory in runs. Where an item lies is only noted when items are to be taken out of the middle.
 */
export class KeyedHeap {
  private readonly items: Int32Array;
  private readonly keys: Float64Array;
  private readonly ties: Uint32Array;
  private readonly placeOf: Int32Array | undefined;
  private count = 0;

  constructor(itemsMax: number, { removable }: { readonly removable: boolean }) {
    this.items = new Int32Array(itemsMax);
    this.keys = new Float64Array(itemsMax);
    this.ties = new Uint32Array(itemsMax);
    this.placeOf = removable ? new Int32Array(itemsMax) : undefined;
  }

  /** The item with the smallest key; -1 when there is none. */
  get top(): number {
    return this.count === 0 ? -1 : this.items[0]!;
  }

  /** The second part of the top's key. */
  get topTie(): number {
    return this.ties[0]!;
  }

  push(item: number, key: number, tie: number): void {
    const place = this.count;
    this.count += 1;
    this.rise(place, item, key, tie);
  }

  /** Puts the item on top where its new key belongs, which is not smaller. */
  rekeyTop(key: number, tie: number): void {
    this.sink(0, this.items[0]!, key, tie);
  }

  pop(): void {
    this.count -= 1;
    const last = this.count;
    if (last > 0) this.sink(0, this.items[last]!, this.keys[last]!, this.ties[last]!);
  }

  /** Takes out any item; for heaps made as `removable`. */
  remove(item: number): void {
    const place = this.placeOf?.[item];
    if (place === undefined) throw new Error('the heap was not made for items to be removed');
    this.count -= 1;
    const last = this.count;
    if (place === last) return;
    const [moved, key, tie] = [this.items[last]!, this.keys[last]!, this.ties[last]!];
    this.rise(place, moved, key, tie);
    if (this.items[place] === moved) this.sink(place, moved, key, tie);
  }

  private put(place: number, item: number, key: number, tie: number): void {
    this.items[place] = item;
    this.keys[place] = key;
    this.ties[place] = tie;
    if (this.placeOf) this.placeOf[item] = place;
  }

  private rise(from: number, item: number, key: number, tie: number): void {
    const { items, keys, ties } = this;
    let place = from;
    while (place > 0) {
      const above = ((place - 1) / arity) | 0;
      const keyAbove = keys[above]!;
      if (key > keyAbove || (key === keyAbove && tie >= ties[above]!)) break;
      this.put(place, items[above]!, keyAbove, ties[above]!);
      place = above;
    }
    this.put(place, item, key, tie);
  }

  private sink(from: number, item: number, key: number, tie: number): void {
    const { items, keys, ties, count } = this;
    let place = from;
    for (;;) {
      const first = arity * place + 1;
      if (first >= count) break;
      const end = Math.min(first + arity, count);
      let least = first;
      let leastKey = keys[first]!;
      for (let at = first + 1; at < end; at++) {
        const keyAt = keys[at]!;
        if (keyAt < leastKey || (keyAt === leastKey && ties[at]! < ties[least]!)) {
          least = at;
          leastKey = keyAt;
        }
      }
      if (leastKey > key || (leastKey === key && ties[least]! >= tie)) break;
      this.put(place, items[least]!, leastKey, ties[least]!);
      place = least;
    }
    this.put(place, item, key, tie);
  }
}
