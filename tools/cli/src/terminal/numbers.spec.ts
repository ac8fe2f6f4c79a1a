import { percentOf, sizeGib, wholeNumber } from './numbers';

test.each([
  ['200', 200],
  ['200GiB', 200],
  ['1.5T', 1_536],
  ['2048 MiB', 2],
  ['0', 0],
])('%s are %d GiB', (text, gib) => {
  expect(sizeGib(text)).toBe(gib);
});

test.each(['', '-1', '1.5', '100MiB', '5KiB', '9999999T'])('%j are no whole GiB', (text) => {
  expect(() => sizeGib(text)).toThrow('whole GiB');
});

test('a percentage is more than 0 and at most 100', () => {
  expect(['95', '95%', '99.5 %'].map(percentOf)).toEqual([95, 95, 99.5]);
  for (const wrong of ['0', '101', 'x', '-5']) expect(() => percentOf(wrong)).toThrow('percentage');
});

test('a number is whole', () => {
  expect(() => wholeNumber('1e3')).toThrow('whole');
});
