import { decisionOf } from '../testing/any-decisions';
import { buildTrace } from '../trace/trace';
import { shadow } from './shadow';

const trace = buildTrace(
  (
    [
      [1, 'hit'],
      [2, 'miss'],
      [1, 'joined'],
      [1, 'bypass'],
      [2, 'hit'],
    ] as const
  ).map(([image, outcome], index) =>
    decisionOf(image, { outcome, at: index * 1000, sizeGib: 2, bytes: 100, refillSeconds: 3 }),
  ),
);

test('what would have been served, beside what was', () => {
  const { would, happened, gained } = shadow(trace, { policy: 'lru', limitGib: 2 });
  expect(would.hits).toEqual({ requests: 1, bytes: 100, seconds: 3 });
  expect(would.evictions).toEqual({ count: 3, sizeGib: 6 });
  expect(happened).toMatchObject({
    hits: { requests: 3, bytes: 300, seconds: 9 },
    misses: { requests: 1 },
    bypasses: { requests: 1 },
    hitsAtFirstRequest: 1,
    ratios: { requests: 0.6 },
    evictions: null,
  });
  expect(gained).toEqual({ requests: -2, bytes: -200, seconds: -6 });
});

test('evictions that happened are counted where they are told', () => {
  const eviction = { at: 1, pool: 'p', key: 'k', reason: 'lru' };
  const { happened } = shadow(trace, { policy: 'lru', limitGib: 2 }, [
    { ...eviction, sizeGib: 2 },
    { ...eviction, sizeGib: null },
  ]);
  expect(happened.evictions).toEqual({ count: 2, sizeGib: 2 });
});

test('rules that cannot be are refused by name', () => {
  expect(() => shadow(trace, { policy: 'lru', limitGib: -2 })).toThrow('limitGib is -2');
});
