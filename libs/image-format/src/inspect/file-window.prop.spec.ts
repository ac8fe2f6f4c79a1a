import * as fc from 'fast-check';
import { chop } from '../testing/decoding';
import { prefixBytes, tailBytes } from './asking';
import { FileWindow } from './file-window';

const file = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 31 + (at >> 8)) & 0xff));
const chunkSizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 100_000 })), {
  minLength: 1,
  maxLength: 6,
});

/** Feeds all bytes. */
function feed(window: FileWindow, bytes: Buffer, sizes: readonly number[]): void {
  for (const chunk of chop(bytes, sizes)) for (let from = 0; from < chunk.length;) from += window.take(chunk, from);
}

test('stretches ahead are kept whole, whatever the chunks, in the order they were asked for', () => {
  const stretches = fc.array(fc.record({ offset: fc.nat(150_000), length: fc.nat(20_000) }), { maxLength: 4 });
  fc.assert(
    fc.property(chunkSizes, fc.nat(40_000), stretches, (sizes, before, wanted) => {
      const window = new FileWindow();
      feed(window, file.subarray(0, before), sizes);
      const reachable = wanted.filter(({ offset }) => offset >= before || before <= prefixBytes);
      window.want(reachable);
      feed(window, file.subarray(before), sizes);
      expect(window.complete).toBe(true);
      const expected = reachable.map(({ offset, length }) => file.subarray(offset, offset + length));
      expect(window.stretches.map((bytes, index) => bytes.equals(expected[index] ?? file))).not.toContain(false);
    }),
  );
});

test('the beginning and the end are kept, whatever the chunks', () => {
  fc.assert(
    fc.property(chunkSizes, fc.nat(file.length), (sizes, length) => {
      const window = new FileWindow();
      feed(window, file.subarray(0, length), sizes);
      const { sizeBytes, tail } = window.end();
      expect(sizeBytes).toBe(length);
      expect(tail.equals(file.subarray(Math.max(0, length - tailBytes), length))).toBe(true);
      expect(window.beginning(1000).equals(file.subarray(0, Math.min(length, 1000)))).toBe(true);
    }),
  );
});

test('a chunk is taken only as far as something is wanted, so that what is wanted next may lie right behind', () => {
  const window = new FileWindow();
  window.wantPrefix(1000);
  expect(window.take(file, 0)).toBe(1000);
  window.want([{ offset: 40_000, length: 5 }]);
  expect(window.take(file, 1000)).toBe(39_005);
  expect(window.stretches[0]?.equals(file.subarray(40_000, 40_005))).toBe(true);
});

test('bytes that have gone by cannot be had', () => {
  const window = new FileWindow();
  feed(window, file, [1000]);
  expect(() => window.want([{ offset: 100_000, length: 10 }])).toThrow('bytes 100000 to 100010 have gone by');
  expect(() => window.want([{ offset: prefixBytes - 5, length: 10 }])).toThrow(RangeError);
  window.want([{ offset: prefixBytes - 5, length: 5 }]);
  expect(window.stretches[0]?.equals(file.subarray(prefixBytes - 5, prefixBytes))).toBe(true);
});
