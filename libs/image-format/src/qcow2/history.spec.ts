import { History } from './history';

const kib = 1024;
const nothing = { from: 0, until: 0 };

/** A history of `count` chunks, each of `chunkBytes` bytes that say which one it is; the last `heldBytes` are kept. */
function historyOf(count: number, chunkBytes: number, { heldBytes = Infinity, kept = nothing } = {}): History {
  const history = new History();
  for (let index = 0; index < count; index++) {
    const start = index * chunkBytes;
    const end = start + chunkBytes;
    history.add({ start, end, chunk: Buffer.alloc(chunkBytes, index) });
    history.forget(end - heldBytes, kept);
  }
  return history;
}

const bytesIn = (history: History, from: number, until: number) =>
  [...history.views(from, until)].reduce((sum, { bytes }) => sum + bytes.length, 0);

test.each([1, 1000, 20 * kib, 64 * kib])('chunks of %d bytes come back as they went in', (chunkBytes) => {
  const count = Math.ceil((300 * kib) / chunkBytes);
  const history = historyOf(count, chunkBytes);
  let position = 100 * kib;
  for (const { host, bytes } of history.views(100 * kib, 200 * kib)) {
    expect(host).toBe(position);
    for (const at of [0, bytes.length - 1]) expect(bytes[at]).toBe(Math.floor((host + at) / chunkBytes) % 256);
    position += bytes.length;
  }
  expect(position).toBe(200 * kib);
});

test.each([100, 1000, 20 * kib, 64 * kib])(
  'of chunks of %d bytes no more is held than was asked for, and a piece',
  (chunkBytes) => {
    const count = Math.ceil((2048 * kib) / chunkBytes);
    const history = historyOf(count, chunkBytes, { heldBytes: 256 * kib });
    const all = bytesIn(history, 0, Infinity);
    expect(all).toBeGreaterThanOrEqual(256 * kib);
    expect(all).toBeLessThan(256 * kib + 2 * 64 * kib);
  },
);

test('a range that is to be kept outlives what lies around it', () => {
  const kept = { from: 90 * kib, until: 94 * kib };
  const history = historyOf(100, 20 * kib, { heldBytes: 256 * kib, kept });
  expect(bytesIn(history, kept.from, kept.until)).toBe(4 * kib);
  expect(bytesIn(history, 0, 80 * kib)).toBe(0);
  expect(bytesIn(history, 200 * kib, 300 * kib)).toBe(0);
});
