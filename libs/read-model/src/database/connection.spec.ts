import { instantOf } from './connection';

test.each([
  ['2026-01-02 03:04:05+00', '2026-01-02T03:04:05.000Z'],
  ['2026-01-02 03:04:05.6+00', '2026-01-02T03:04:05.600Z'],
  ['2026-01-02 03:04:05.678+00', '2026-01-02T03:04:05.678Z'],
  ['2026-01-02 03:04:05.678999+00', '2026-01-02T03:04:05.678Z'],
])('the instant that PostgreSQL prints as %s is %s', (text, instant) => {
  expect(instantOf(text)).toBe(instant);
  expect(new Date(text).toISOString()).toBe(instant);
});

test('one of a session that is not in UTC is the same instant', () => {
  expect(instantOf('2026-01-02 03:04:05.5+01')).toBe('2026-01-02T02:04:05.500Z');
});

test('what is no instant has none', () => {
  expect(() => instantOf('infinity')).toThrow(RangeError);
});
