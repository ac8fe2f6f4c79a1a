import { type Figure, figureTable, isMet, median } from './figures';

test('a median is the middle one, or between the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(() => median([])).toThrow(/nothing/);
});

test('a goal may be an upper or a lower bound, and is met at the bound', () => {
  const figure = (value: number, goal?: Figure['goal']): Figure => ({ name: 'f', value, unit: 'ms', goal });
  expect([isMet(figure(40, { atMost: 40 })), isMet(figure(41, { atMost: 40 }))]).toEqual([true, false]);
  expect([isMet(figure(100, { atLeast: 100 })), isMet(figure(99, { atLeast: 100 }))]).toEqual([true, false]);
  expect(isMet(figure(1))).toBeUndefined();
});

test('a figure that misses its goal is marked', () => {
  const text = figureTable([
    { name: 'hit, p50', value: 52.34, unit: 'ms', goal: { atMost: 40 }, note: '50 creates' },
    { name: 'downloads', value: 1, unit: '' },
  ]);
  expect(text.split('\n')).toEqual([
    'figure     value  unit  goal           measured on',
    'hit, p50    52.3  ms    <= 40  MISSED  50 creates',
    'downloads      1',
  ]);
});
