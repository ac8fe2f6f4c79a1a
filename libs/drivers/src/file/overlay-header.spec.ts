import { emptyOverlay, overlaySizeBytes, overlaySizeBytesMax } from './overlay-header';

const gib = 2 ** 30;

test('the size that was put in is read back', () => {
  for (const sizeGib of [1, 512, 513, 16_384]) {
    const start = emptyOverlay('volume-x.base', sizeGib * gib).pieces[0]!.bytes.subarray(0, 32);
    expect(overlaySizeBytes(start)).toBe(sizeGib * gib);
  }
});

test('the length holds the header, the refcounts and a level-1 entry for every 512 MiB', () => {
  expect(emptyOverlay('b', 4_096 * gib).lengthBytes).toBe(4 * 65_536);
  expect(emptyOverlay('b', 4_097 * gib).lengthBytes).toBe(5 * 65_536);
  expect(emptyOverlay('b', overlaySizeBytesMax).lengthBytes).toBe((3 + 512) * 65_536);
});

test('every cluster is counted once', () => {
  const { lengthBytes, pieces } = emptyOverlay('b', 10_000 * gib);
  const counts = pieces[2]!.bytes;
  expect(counts).toEqual(Buffer.from('0001'.repeat(lengthBytes / 65_536), 'hex'));
});

test.each([Buffer.alloc(0), Buffer.from('QFI'), Buffer.alloc(32)])('what is no header has no size', (bytes) => {
  expect(overlaySizeBytes(bytes)).toBeUndefined();
});
