import { instantMs, secondsBetween } from './instant';

test('an instant is the same in every zone', () => {
  expect(instantMs('1970-01-01T01:00:00+01:00')).toBe(0);
  expect(secondsBetween('2026-01-02T03:04:05.500Z', '2026-01-02T04:04:06+01:00')).toBe(0.5);
});

test('the earlier one comes first', () => {
  expect(secondsBetween('2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z')).toBe(-86_400);
});

test('a text that is no instant is none', () => expect(instantMs('yesterday')).toBeNaN());
