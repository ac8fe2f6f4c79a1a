import { FaultError } from '../fault';
import { parseCacheHistory } from './cache-times.query';
import { instantOf } from './query-values';

test.each([
  ['2026-01-02', '2026-01-02T00:00:00.000Z'],
  ['2026-01-02T03:04', '2026-01-02T03:04:00.000Z'],
  ['2026-01-02T03:04:05+01:00', '2026-01-02T02:04:05.000Z'],
  ['2026-01-02T03:04:05 01:00', '2026-01-02T02:04:05.000Z'],
  ['0001-01-01', '0001-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
])('%s is an instant', (text, instant) => expect(instantOf(text, 'at')).toBe(instant));

test.each(['0000-01-01', '0000-12-31T23:59:59Z', '0001-01-01T00:30:00+01:00', '9999-12-31T23:00:00-05:00', 'now'])(
  '%s is none, and is refused by name: no database holds it',
  (text) => {
    const read = () => instantOf(text, 'created_since');
    expect(read).toThrow(FaultError);
    expect(read).toThrow(`created_since is no instant in ISO 8601: '${text}'`);
  },
);

test('a history of events that there are not is refused, and says which there are', () => {
  const read = (type: string) => parseCacheHistory(new URLSearchParams({ type })).types;
  expect(read('evict, hit,settings-reported')).toEqual(['evict', 'hit', 'settings-reported']);
  expect(() => read('evict,bogus')).toThrow(/^Invalid input received: type is none of .*evict.*: 'bogus'$/);
  expect(() => read('leased')).toThrow("'leased'");
});
