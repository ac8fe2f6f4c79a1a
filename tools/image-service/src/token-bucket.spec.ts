import { TokenBucket } from './token-bucket';

const bytesPerSecond = 1_000_000;

/** When pieces are sent that are asked for as soon as the one before was, by so many downloads at once. */
function sentAtMs(bucket: TokenBucket, { pieces, pieceBytes }: { pieces: number; pieceBytes: number }): number {
  let nowMs = 0;
  for (let piece = 0; piece < pieces; piece += 1) nowMs += bucket.take(pieceBytes, nowMs);
  return nowMs;
}

test.each([1000, 50_000, 333_333])('pieces of %i bytes pass at the rate, but for what was saved up', (pieceBytes) => {
  const pieces = Math.ceil(5_000_000 / pieceBytes);
  const expectedMs = ((pieces * pieceBytes - bytesPerSecond / 20) / bytesPerSecond) * 1000;
  expect(sentAtMs(new TokenBucket(bytesPerSecond), { pieces, pieceBytes })).toBeCloseTo(expectedMs, 3);
});

test('several downloads share the rate', () => {
  const bucket = new TokenBucket(bytesPerSecond);
  const waits = Array.from({ length: 4 }, () => bucket.take(100_000, 0));
  expect(waits).toEqual([50, 150, 250, 350]);
});

test('a long silence saves up no more than a short one', () => {
  const bucket = new TokenBucket(bytesPerSecond);
  expect(bucket.take(1_050_000, 3_600_000)).toBeCloseTo(1000, 3);
});
