/**
 * An immutable map from strings to values whose versions share their structure (a hash array mapped trie, 32 branches a
 * level). `set` and `delete` cost O(log32 n) and leave the map they were called on as it was, so that state of many
 * thousand entries can be carried from event to event without copies, and a decision that was not stored can be dropped.
 * Iteration order is that of the keys' hashes: stable for equal sets of keys, but of no meaning.
 */
export class PersistentMap<V> implements Iterable<readonly [string, V]> {
  private constructor(
    private readonly root: Node<V> | undefined,
    readonly size: number,
  ) {}

  static empty<V>(): PersistentMap<V> {
    return new PersistentMap<V>(undefined, 0);
  }

  static from<V>(pairs: Iterable<readonly [string, V]>): PersistentMap<V> {
    let map = PersistentMap.empty<V>();
    for (const [key, value] of pairs) map = map.set(key, value);
    return map;
  }

  get(key: string): V | undefined {
    return find(this.root, hashOf(key), key)?.value;
  }

  has(key: string): boolean {
    return find(this.root, hashOf(key), key) !== undefined;
  }

  set(key: string, value: V): PersistentMap<V> {
    const hash = hashOf(key);
    const known = find(this.root, hash, key);
    if (known && known.value === value) return this;
    const leaf: Leaf<V> = { hash, key, value };
    return new PersistentMap(insert(this.root, leaf, 0), known ? this.size : this.size + 1);
  }

  delete(key: string): PersistentMap<V> {
    const hash = hashOf(key);
    if (!find(this.root, hash, key)) return this;
    return new PersistentMap(remove(this.root, hash, key, 0), this.size - 1);
  }

  *keys(): IterableIterator<string> {
    for (const leaf of leaves(this.root)) yield leaf.key;
  }

  *values(): IterableIterator<V> {
    for (const leaf of leaves(this.root)) yield leaf.value;
  }

  *[Symbol.iterator](): IterableIterator<readonly [string, V]> {
    for (const leaf of leaves(this.root)) yield [leaf.key, leaf.value];
  }
}

interface Leaf<V> {
  readonly hash: number;
  readonly key: string;
  readonly value: V;
}

/** Leaves whose whole 32-bit hashes are equal. */
interface Collision<V> {
  readonly hash: number;
  readonly leaves: readonly Leaf<V>[];
}

/** `bitmap` says which of the 32 branches exist; `children` holds those, in order. */
interface Branch<V> {
  readonly bitmap: number;
  readonly children: readonly Node<V>[];
}

type Node<V> = Leaf<V> | Collision<V> | Branch<V>;

const bitsPerLevel = 5;

function isBranch<V>(node: Node<V>): node is Branch<V> {
  return 'bitmap' in node;
}

function isCollision<V>(node: Leaf<V> | Collision<V>): node is Collision<V> {
  return 'leaves' in node;
}

/** FNV-1a over UTF-16 units: short, and spread well enough for ids. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  return hash ^ (hash >>> 15);
}

function bitAt(hash: number, shift: number): number {
  return 1 << ((hash >>> shift) & 31);
}

function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function indexOf(bitmap: number, bit: number): number {
  return ones(bitmap & (bit - 1));
}

function find<V>(node: Node<V> | undefined, hash: number, key: string): Leaf<V> | undefined {
  let at = node;
  for (let shift = 0; at && isBranch(at); shift += bitsPerLevel) {
    const bit = bitAt(hash, shift);
    at = at.bitmap & bit ? at.children[indexOf(at.bitmap, bit)] : undefined;
  }
  if (!at || isBranch(at)) return undefined;
  if (isCollision(at)) return at.leaves.find((leaf) => leaf.key === key);
  return at.key === key ? at : undefined;
}

function insert<V>(node: Node<V> | undefined, leaf: Leaf<V>, shift: number): Node<V> {
  if (!node) return leaf;
  if (!isBranch(node)) return node.hash === leaf.hash ? collide(node, leaf) : part(node, leaf, shift);
  const bit = bitAt(leaf.hash, shift);
  const index = indexOf(node.bitmap, bit);
  if (!(node.bitmap & bit)) {
    return {
      bitmap: node.bitmap | bit,
      children: [...node.children.slice(0, index), leaf, ...node.children.slice(index)],
    };
  }
  return {
    bitmap: node.bitmap,
    children: node.children.with(index, insert(node.children[index], leaf, shift + bitsPerLevel)),
  };
}

function collide<V>(node: Leaf<V> | Collision<V>, leaf: Leaf<V>): Leaf<V> | Collision<V> {
  const others = (isCollision(node) ? node.leaves : [node]).filter(({ key }) => key !== leaf.key);
  return others.length === 0 ? leaf : { hash: leaf.hash, leaves: [...others, leaf] };
}

/** The smallest branch that keeps two nodes of different hashes apart. */
function part<V>(one: Leaf<V> | Collision<V>, other: Leaf<V>, shift: number): Branch<V> {
  const oneBit = bitAt(one.hash, shift);
  const otherBit = bitAt(other.hash, shift);
  if (oneBit === otherBit) return { bitmap: oneBit, children: [part(one, other, shift + bitsPerLevel)] };
  return { bitmap: oneBit | otherBit, children: oneBit >>> 0 < otherBit >>> 0 ? [one, other] : [other, one] };
}

function remove<V>(node: Node<V> | undefined, hash: number, key: string, shift: number): Node<V> | undefined {
  if (!node) return undefined;
  if (!isBranch(node)) {
    if (!isCollision(node)) return node.key === key ? undefined : node;
    const rest = node.leaves.filter((leaf) => leaf.key !== key);
    return rest.length === 1 ? rest[0] : { hash, leaves: rest };
  }
  const bit = bitAt(hash, shift);
  const index = indexOf(node.bitmap, bit);
  const child = remove(node.children[index], hash, key, shift + bitsPerLevel);
  const children = child ? node.children.with(index, child) : node.children.filter((_, at) => at !== index);
  const [only] = children;
  if (!only) return undefined;
  if (children.length === 1 && !isBranch(only)) return only;
  return { bitmap: child ? node.bitmap : node.bitmap & ~bit, children };
}

function* leaves<V>(node: Node<V> | undefined): IterableIterator<Leaf<V>> {
  if (!node) return;
  if (isBranch(node)) for (const child of node.children) yield* leaves(child);
  else if (isCollision(node)) yield* node.leaves;
  else yield node;
}
