import type { CreateDecision } from '@hearth/contracts';
import { cacheEvents, endOf, notices, speaksOf } from './seen';
import { bytes, comparison, timeline, type WatchedCreate } from './timeline';
import type { Seen } from './seen';

const decision: CreateDecision = {
  outcome: 'miss',
  strategy: 'cache',
  reason: 'not-cached',
  declined: [],
  entry: null,
  cloneMethod: 'reflink',
  bytesDownloaded: 300 * 1024 * 1024,
  bytesWritten: 2048,
  digest: null,
  durationsMs: {},
};

const commit = (atMs: number, category: string, id: string, ...events: { type: string; data: object }[]): Seen =>
  ({ kind: 'commit', atMs, commit: { sequence: atMs, stream: { category, id }, events } }) as unknown as Seen;
const notice = (atMs: number, type: string, data: Record<string, unknown>): Seen => ({
  kind: 'notice',
  ...{ atMs, type, data, id: String(atMs), headers: {} },
});

const seen: Seen[] = [
  commit(1003, 'volume', 'v-1', { type: 'VolumeRequested', data: {} }),
  commit(1010, 'image-cache', 'h@b#p', { type: 'fill-started', data: { volumeId: 'v-1' } }),
  commit(1500, 'volume', 'v-1', { type: 'VolumeProvisioned', data: { decision } }),
  notice(1510, 'image_volume_cache.miss', { volume_id: 'v-1' }),
];

const create = (changes: Partial<WatchedCreate> = {}): WatchedCreate => ({
  title: 'first',
  volumeId: 'v-1',
  requestedAtMs: 1000,
  answeredAtMs: 1008,
  availableAtMs: 1500,
  decision,
  seen,
  ...changes,
});

test('a timeline tells everything in order, with the milliseconds since the request', () => {
  expect(timeline(create())).toBe(
    [
      'first: volume v-1',
      '        ms',
      '       0.0  request  POST /volumes',
      '       3.0  fact     VolumeRequested #1003',
      '       8.0  answer   202 Accepted',
      '      10.0  fact     fill-started (image-cache h@b#p) #1010',
      '     500.0  fact     VolumeProvisioned #1500',
      '     510.0  event    image_volume_cache.miss',
      '  = miss, available after 500.0 ms; 300.0 MiB downloaded, 2.0 KiB written, cloned by reflink',
    ].join('\n'),
  );
});

test('two creates are compared by the time until they were available', () => {
  const hit = create({ availableAtMs: 1020, decision: { ...decision, outcome: 'hit' } });
  expect(comparison(create(), hit)).toBe('miss 500.0 ms, hit 20.0 ms: the second volume was there 25.0 times as fast');
});

test('the end of a create is the commit that says so, and of no other volume', () => {
  expect(endOf(seen, 'v-1')).toMatchObject({ atMs: 1500, decision: { outcome: 'miss' } });
  expect(endOf(seen, 'v-2')).toBeUndefined();
  expect(endOf(seen.slice(0, 2), 'v-1')).toBeUndefined();
});

test('what was seen is found by kind and by the ids it speaks of', () => {
  expect(cacheEvents(seen, 'fill-started')).toHaveLength(1);
  expect(cacheEvents(seen, 'hit')).toEqual([]);
  expect(notices(seen, 'image_volume_cache.miss')).toHaveLength(1);
  expect(seen.map((one) => speaksOf(one, ['v-1']))).toEqual([true, true, true, true]);
  expect(seen.some((one) => speaksOf(one, ['v-2']))).toBe(false);
});

test('bytes are told in a unit that can be read', () => {
  expect([0, 1023, 1536, 5 * 1024 * 1024].map(bytes)).toEqual(['0 B', '1023 B', '1.5 KiB', '5.0 MiB']);
});
