/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export type Random = () => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Whole numbers from 0 to `count` - 1. */
export function pick(random: Random, count: number): number {
  return Math.floor(random() * count);
}

/** Ranks from 0 to `count` - 1 by Zipf's law: rank n comes as often as 1 / (n + 1)^exponent. */
export function zipfRanks(random: Random, count: number, exponent: number): () => number {
  let sum = 0;
  const upTo = Float64Array.from({ length: count }, (_, rank) => (sum += (rank + 1) ** -exponent));
  return () => {
    const wanted = random() * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (upTo[middle]! <= wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
