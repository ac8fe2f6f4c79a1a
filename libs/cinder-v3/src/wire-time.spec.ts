import { wireTime } from './wire-time';

test.each([
  ['2026-11-21T00:49:33.441Z', '2026-11-21T00:49:33.441000'],
  ['2026-11-21T00:49:33Z', '2026-11-21T00:49:33.000000'],
  ['2026-11-21T02:49:33.5+02:00', '2026-11-21T00:49:33.500000'],
])('%s is written as %s', (instant, written) => {
  expect(wireTime(instant)).toBe(written);
});
