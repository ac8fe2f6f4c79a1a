import { comingMoment, durationSeconds, pastMoment, secondsText, withPlainMoments } from './moments';

const now = Date.UTC(2026, 10, 22, 12);

test.each([
  ['now', '2026-11-22T12:00:00.000Z'],
  ['-90s', '2026-11-22T11:58:30.000Z'],
  ['2h', '2026-11-22T10:00:00.000Z'],
  ['-1.5d', '2026-11-21T00:00:00.000Z'],
  ['2026-11-21', '2026-11-21T00:00:00.000Z'],
  ['2026-11-21 03:00', '2026-11-21T03:00:00.000Z'],
  ['2026-11-21T03:00:00.5+02:00', '2026-11-21T01:00:00.500Z'],
  ['2026-11-21T03:00Z', '2026-11-21T03:00:00.000Z'],
])('%s is %s', (text, expected) => {
  expect(pastMoment(text, now)).toBe(expected);
});

test.each(['', 'yesterday', '2026-13-01', '2026-11-21T25:00', '2 h', '-2y', '21.11.2026'])(
  '%j is no moment',
  (text) => {
    expect(() => pastMoment(text, now)).toThrow('is no moment');
  },
);

test('moments to come are counted forwards, and do not lie in the past', () => {
  expect(comingMoment('+2h', now)).toBe('2026-11-22T14:00:00.000Z');
  expect(comingMoment('2h', now)).toBe('2026-11-22T14:00:00.000Z');
  expect(() => comingMoment('-2h', now)).toThrow('no moment to come');
});

test('times are counted in seconds', () => {
  expect(['90s', '30m', '7d', '2w'].map(durationSeconds)).toEqual([90, 1_800, 604_800, 1_209_600]);
  expect(() => durationSeconds('7')).toThrow('a time such as');
});

test('an ago may stand where arguments stand, and is no option', () => {
  const args = ['cache', 'diff', '-2h', '-1d', '-10y', '--deadline', '-2h', '--size', '-2', '--size', '-2GiB'];
  const plain = ['cache', 'diff', '2h', '1d', '10y', '--deadline', '-2h', '--size', '-2', '--size', '-2GiB'];
  expect(withPlainMoments(args)).toEqual(plain);
});

test.each([
  [0.0416, '41.6 ms'],
  [12.345, '12.3 s'],
  [75, '1 min 15 s'],
  [3_600, '1 h'],
  [90_061, '1 d 1 h'],
])('%d s are %s', (seconds, text) => {
  expect(secondsText(seconds)).toBe(text);
});
