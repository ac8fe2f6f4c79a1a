const wordBits = 32;

/**
 * Numbers of blocks: a bit for each, in words that are there once one of their blocks is. A disk of data of 1 TiB has a million
 * blocks, for which a `Set` would take some tens of MiB.
 */
export class BlockSet implements Iterable<number> {
  private readonly words = new Map<number, number>();
  private count = 0;

  /** How many there are. */
  get size(): number {
    return this.count;
  }

  has(block: number): boolean {
    return ((this.words.get(Math.floor(block / wordBits)) ?? 0) & (1 << (block % wordBits))) !== 0;
  }

  add(block: number): void {
    if (this.has(block)) return;
    this.count += 1;
    const word = Math.floor(block / wordBits);
    this.words.set(word, (this.words.get(word) ?? 0) | (1 << (block % wordBits)));
  }

  /** In no particular order. */
  *[Symbol.iterator](): Generator<number> {
    for (const [word, bits] of this.words) {
      for (let bit = 0; bit < wordBits; bit += 1) if ((bits & (1 << bit)) !== 0) yield word * wordBits + bit;
    }
  }
}
