import { readRange } from './byte-range';

test.each([
  ['bytes=0-9', { start: 0, end: 9 }],
  ['bytes=90-', { start: 90, end: 99 }],
  ['bytes=-10', { start: 90, end: 99 }],
  ['bytes=-1000', { start: 0, end: 99 }],
  ['bytes=50-1000', { start: 50, end: 99 }],
])('%s of 100 bytes is a range', (header, range) => expect(readRange(header, 100)).toEqual(range));

test.each(['bytes=100-', 'bytes=9-3', 'bytes=-', 'bytes=-0', 'lines=0-1', 'nonsense'])(
  '%s of 100 bytes is not satisfiable',
  (header) => expect(() => readRange(header, 100)).toThrow(expect.objectContaining({ status: 416 })),
);

test('several ranges are a bad request, as in Glance', () =>
  expect(() => readRange('bytes=0-1,5-6', 100)).toThrow(expect.objectContaining({ status: 400 })));

test('without the header there is no range', () => expect(readRange(undefined, 100)).toBeUndefined());
