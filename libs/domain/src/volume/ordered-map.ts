/** Entries of a part: what is copied for one change. */
const partMax = 128;

type Part<V> = ReadonlyMap<string, V>;

/**
 * An immutable map from strings to values in the order in which they came, as `Map` keeps it. It is kept in parts, and a change copies
 * one of them: state with ten thousand entries can be carried from event to event.
 */
export class OrderedMap<V> implements ReadonlyMap<string, V> {
  readonly #parts: readonly Part<V>[];
  readonly size: number;

  private constructor(parts: readonly Part<V>[]) {
    this.#parts = parts;
    this.size = parts.reduce((sum, part) => sum + part.size, 0);
  }

  /** Of several values for one key the last counts, in the place of the first. */
  static of<V>(entries: Iterable<readonly [string, V]> = []): OrderedMap<V> {
    const all = [...new Map(entries)];
    const parts: Part<V>[] = [];
    for (let at = 0; at < all.length; at += partMax) parts.push(new Map(all.slice(at, at + partMax)));
    return new OrderedMap(parts);
  }

  get(key: string): V | undefined {
    return this.#parts.find((part) => part.has(key))?.get(key);
  }

  has(key: string): boolean {
    return this.#parts.some((part) => part.has(key));
  }

  /** This map with an entry changed in its place, or added at the end. */
  with(key: string, value: V): OrderedMap<V> {
    const at = this.#parts.findIndex((part) => part.has(key));
    if (at >= 0) return new OrderedMap(this.#parts.with(at, new Map(this.#parts[at]).set(key, value)));
    const last = this.#parts.at(-1);
    if (!last || last.size >= partMax) return new OrderedMap([...this.#parts, new Map([[key, value]])]);
    return new OrderedMap(this.#parts.with(-1, new Map(last).set(key, value)));
  }

  without(key: string): OrderedMap<V> {
    const at = this.#parts.findIndex((part) => part.has(key));
    if (at < 0) return this;
    const part = new Map(this.#parts[at]);
    part.delete(key);
    return new OrderedMap(part.size > 0 ? this.#parts.with(at, part) : this.#parts.toSpliced(at, 1));
  }

  /** The same keys in the same order, each with what is made of its value. */
  mapValues(change: (value: V) => V): OrderedMap<V> {
    return new OrderedMap(this.#parts.map((part) => new Map([...part].map(([key, value]) => [key, change(value)]))));
  }

  *entries(): MapIterator<[string, V]> {
    for (const part of this.#parts) yield* part.entries();
  }

  *keys(): MapIterator<string> {
    for (const part of this.#parts) yield* part.keys();
  }

  *values(): MapIterator<V> {
    for (const part of this.#parts) yield* part.values();
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }

  forEach(visit: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }
}
