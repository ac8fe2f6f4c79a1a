import { chop, Random } from '@hearth/image-format/testing';
import { fnv } from '../engine/fnv';

const chunksMax = 300;

/** Chance that depends on the input alone. */
export function chanceOf(input: Buffer): Random {
  return new Random(fnv(input.subarray(0, 4096), input.length));
}

/** The input in chunks of sizes that depend on it alone: some of single bytes, few enough in all to be quick. */
export function chunksOf(input: Buffer, random: Random): Buffer[] {
  const sizes = Array.from(
    { length: 1 + random.below(8) },
    () => 1 + random.below(random.pick([2, 16, 600, 5000, 70_000])),
  );
  const sum = sizes.reduce((total, size) => total + size, 0);
  const enough = Math.ceil((input.length * sizes.length) / chunksMax);
  return chop(input, sum < enough ? [...sizes, enough] : sizes);
}
