/**
 * An immutable map from whole numbers (0 to 2^50) to values that is walked in the order of its keys. Its versions share their
 * structure (a trie of 32 branches a level), as those of `PersistentMap` do: `get`, `set`, `delete` and the first step of `from`
 * cost O(log32 of the largest key).
 */
export class OrderedMap<V> {
  private constructor(
    private readonly root: Node<V> | undefined,
    /** Levels above the values: the root holds keys below 32^(levels + 1). */
    private readonly levels: number,
    readonly size: number,
  ) {}

  static empty<V>(): OrderedMap<V> {
    return new OrderedMap<V>(undefined, 0, 0);
  }

  static of<V>(pairs: Iterable<readonly [number, V]>): OrderedMap<V> {
    let map = OrderedMap.empty<V>();
    for (const [key, value] of pairs) map = map.set(key, value);
    return map;
  }

  get(key: number): V | undefined {
    if (key >= unitOf(this.levels + 1)) return undefined;
    let node = this.root;
    for (let level = this.levels; node && level > 0; level -= 1) node = slotOf(node, key, level) as Node<V> | undefined;
    return node && (slotOf(node, key, 0) as V | undefined);
  }

  has(key: number): boolean {
    return this.get(key) !== undefined;
  }

  set(key: number, value: V): OrderedMap<V> {
    let { root, levels } = this;
    while (key >= unitOf(levels + 1)) {
      levels += 1;
      if (root) root = { bitmap: 1, slots: [root] };
    }
    return new OrderedMap(put(root, key, value, levels), levels, this.has(key) ? this.size : this.size + 1);
  }

  delete(key: number): OrderedMap<V> {
    if (!this.has(key)) return this;
    return new OrderedMap(drop(this.root, key, this.levels), this.levels, this.size - 1);
  }

  /** The values in the order of their keys, from `first` on. */
  *from(first: number): IterableIterator<V> {
    if (!this.root || first >= unitOf(this.levels + 1)) return;
    const nodes: Node<V>[] = [this.root];
    const next: number[] = [];
    let level = this.levels;
    let isAtStart = true;
    for (let node: Node<V> | undefined = this.root; node;) {
      if (next.length < nodes.length) {
        const digit = isAtStart ? digitOf(first, level) : 0;
        next.push(ones(node.bitmap & ((1 << digit) - 1)));
        // Only along the path of the first key itself are there keys below it.
        if (isAtStart && !(node.bitmap & (1 << digit))) isAtStart = false;
      }
      const index = next[next.length - 1]!;
      if (index >= node.slots.length) {
        nodes.pop();
        next.pop();
        level += 1;
        isAtStart = false;
      } else {
        next[next.length - 1] = index + 1;
        if (level === 0) {
          yield node.slots[index] as V;
          isAtStart = false;
        } else {
          nodes.push(node.slots[index] as Node<V>);
          level -= 1;
        }
      }
      node = nodes[nodes.length - 1];
    }
  }

  /** All values in the order of their keys. */
  values(): IterableIterator<V> {
    return this.from(0);
  }

  /** Shows all values in the order of their keys: for who looks at every one, in a fraction of the time that a walk takes. */
  forEach(look: (value: V) => void): void {
    if (this.root) showAll(this.root, this.levels, look);
  }

  /** The values that pass, in the order of their keys. */
  filter(passes: (value: V) => boolean): V[] {
    const passed: V[] = [];
    this.forEach((value) => {
      if (passes(value)) passed.push(value);
    });
    return passed;
  }
}

/** `bitmap` says which of the 32 slots exist; `slots` holds those, in order: values on level 0, nodes above it. */
interface Node<V> {
  readonly bitmap: number;
  readonly slots: readonly (Node<V> | V)[];
}

const units = Array.from({ length: 12 }, (_, level) => 32 ** level);

/** How many keys one slot of a level spans. */
function unitOf(level: number): number {
  return units[level] ?? Infinity;
}

function digitOf(key: number, level: number): number {
  return Math.floor(key / unitOf(level)) & 31;
}

function slotOf<V>(node: Node<V>, key: number, level: number): Node<V> | V | undefined {
  const bit = 1 << digitOf(key, level);
  return node.bitmap & bit ? node.slots[ones(node.bitmap & (bit - 1))] : undefined;
}

function put<V>(node: Node<V> | undefined, key: number, value: V, level: number): Node<V> {
  const bit = 1 << digitOf(key, level);
  const at = ones((node?.bitmap ?? 0) & (bit - 1));
  const known = node && node.bitmap & bit ? node.slots[at] : undefined;
  const slot = level === 0 ? value : put(known as Node<V> | undefined, key, value, level - 1);
  if (!node) return { bitmap: bit, slots: [slot] };
  if (node.bitmap & bit) return { bitmap: node.bitmap, slots: node.slots.with(at, slot) };
  return { bitmap: node.bitmap | bit, slots: [...node.slots.slice(0, at), slot, ...node.slots.slice(at)] };
}

/** Without a key that is there; undefined when nothing is left. */
function drop<V>(node: Node<V> | undefined, key: number, level: number): Node<V> | undefined {
  if (!node) return undefined;
  const bit = 1 << digitOf(key, level);
  const at = ones(node.bitmap & (bit - 1));
  const left = level === 0 ? undefined : drop(node.slots[at] as Node<V>, key, level - 1);
  if (left) return { bitmap: node.bitmap, slots: node.slots.with(at, left) };
  const bitmap = node.bitmap & ~bit;
  return bitmap === 0 ? undefined : { bitmap, slots: node.slots.filter((_, index) => index !== at) };
}

function showAll<V>({ slots }: Node<V>, level: number, look: (value: V) => void): void {
  for (const slot of slots) {
    if (level > 0) showAll(slot as Node<V>, level - 1, look);
    else look(slot as V);
  }
}

function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
