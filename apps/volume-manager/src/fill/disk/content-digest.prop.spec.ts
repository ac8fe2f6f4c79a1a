import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { ContentDigest, blockDigest, partBytes } from './content-digest';

const sha256 = (...pieces: readonly Uint8Array[]) =>
  pieces.reduce((hash, piece) => hash.update(piece), createHash('sha256')).digest();

/** A number as the disk's digest has it before a block's. */
function numbered(block: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(block));
  return bytes;
}

const blocks = fc.dictionary(
  fc.nat({ max: 2 ** 20 }).map(String),
  fc.uint8Array({ minLength: 32, maxLength: 32, min: 1 }),
);

test('P3: is the digest of the blocks that hold data, in order, whichever became known first', () => {
  fc.assert(
    fc.property(
      blocks.chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray(Object.keys(all), { minLength: Object.keys(all).length })),
      ),
      ([all, order]) => {
        const digest = new ContentDigest();
        for (const block of order) digest.set(Number(block), all[block]);
        const sorted = Object.keys(all)
          .map(Number)
          .sort((one, other) => one - other);
        const root = sha256(...sorted.flatMap((block) => [numbered(block), all[block]!]));
        expect(digest.toString()).toBe(`sha256-1m:${root.toString('hex')}`);
      },
    ),
  );
});

test('a block that turned out to be zeros counts no longer', () => {
  const digest = new ContentDigest();
  const empty = digest.toString();
  digest.set(7, undefined);
  digest.set(70, sha256());
  expect(digest.toString()).not.toBe(empty);
  digest.set(70, undefined);
  expect(digest.toString()).toBe(empty);
});

test('a block is the digest of its parts that hold data, each behind its number; what is missing of the last counts as zeros', () => {
  const part = Buffer.alloc(partBytes, 5);
  const short = Buffer.alloc(512, 6);
  const block = Buffer.concat([Buffer.alloc(partBytes), part, short]);
  const padded = Buffer.concat([short, Buffer.alloc(partBytes - short.length)]);
  expect(blockDigest(block)).toEqual(sha256(Buffer.from([1]), part, Buffer.from([2]), padded));
  expect(blockDigest(Buffer.alloc(partBytes))).toBeUndefined();
});
