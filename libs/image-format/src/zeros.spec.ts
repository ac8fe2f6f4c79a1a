import { isZero, splitNonZero } from './zeros';

test('a buffer is zero only if every byte of it is', () => {
  const bytes = Buffer.alloc(200_000);
  expect(isZero(bytes)).toBe(true);
  expect(isZero(Buffer.alloc(0))).toBe(true);
  for (const at of [0, 65_535, 65_536, 199_999]) {
    bytes[at] = 1;
    expect(isZero(bytes)).toBe(false);
    bytes[at] = 0;
  }
});

describe('splitting a region', () => {
  test('keeps the blocks that hold data, neighbours together, aligned on the disk', () => {
    const bytes = Buffer.alloc(5 * 4096);
    bytes[0] = 1; // disk 6000: the block that ends at 8192
    bytes[9000] = 1; // disk 15000: the block from 12288 to 16384
    bytes[11_000] = 1; // disk 17000: the next one
    const extents = splitNonZero({ offset: 6000, bytes }, 4096);
    expect(extents.map(({ offset, bytes: kept }) => [offset, kept.length])).toEqual([
      [6000, 2192],
      [12_288, 8192],
    ]);
  });

  test('yields nothing for zeros, and all of what has none', () => {
    expect(splitNonZero({ offset: 5, bytes: Buffer.alloc(100_000) }, 65_536)).toEqual([]);
    const full = Buffer.alloc(100_000, 7);
    expect(splitNonZero({ offset: 5, bytes: full }, 4096)).toEqual([{ offset: 5, bytes: full }]);
  });

  test('gives views, not copies', () => {
    const bytes = Buffer.alloc(8192, 1);
    expect(splitNonZero({ offset: 0, bytes }, 4096)[0]?.bytes.buffer).toBe(bytes.buffer);
  });

  test.each([0, 512, 5000, 131_072, NaN])('refuses a granularity of %d bytes', (granularity) => {
    expect(() => splitNonZero({ offset: 0, bytes: Buffer.alloc(1) }, granularity)).toThrow(RangeError);
  });
});
