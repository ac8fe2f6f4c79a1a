import { NumberSet } from './number-set';

test('a number is new once', () => {
  const set = new NumberSet();
  const numbers = [0, 1, 7, 8, 65_535, 65_536, 2 ** 26 - 1];
  expect(numbers.map((number) => set.add(number))).toEqual(numbers.map(() => true));
  expect(numbers.map((number) => set.add(number))).toEqual(numbers.map(() => false));
});

test('numbers that would take too much memory are not remembered', () => {
  const set = new NumberSet();
  expect([2 ** 26, 2 ** 26, 2 ** 44, 2 ** 44].map((number) => set.add(number))).toEqual([true, true, true, true]);
});
