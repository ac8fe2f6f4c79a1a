import { HeldChunks } from './held-chunks';

test('chunks come back in order, small ones copied together, large ones as they were', () => {
  const held = new HeldChunks();
  const large = Buffer.alloc(5000, 2);
  for (const byte of Buffer.from('many small chunks')) held.add(Buffer.of(byte));
  held.add(large);
  held.add(Buffer.from('and one more'));
  const chunks = held.release();
  expect(chunks.map((chunk) => chunk.toString('latin1'))).toEqual([
    'many small chunks',
    large.toString('latin1'),
    'and one more',
  ]);
  expect(chunks[1]).toBe(large);
  expect(held.release()).toEqual([]);
});

test('a megabyte that comes byte by byte is held in a few pieces', () => {
  const held = new HeldChunks();
  for (let at = 0; at < 1 << 20; at++) held.add(Buffer.of(at & 0xff));
  const chunks = held.release();
  expect(chunks.length).toBe(16);
  expect(Buffer.concat(chunks).every((byte, at) => byte === (at & 0xff))).toBe(true);
});
