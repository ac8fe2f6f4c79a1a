import { decisionOf } from '../testing/any-decisions';
import type { CacheDecision } from './decision';
import { buildTrace, poolsOf } from './trace';

test('decisions come in order of time, and those of one instant in the order they came in', () => {
  const trace = buildTrace([
    decisionOf(1, { at: 5, bytes: 1 }),
    decisionOf(2, { at: 1, bytes: 2 }),
    decisionOf(3, { at: 5, bytes: 3 }),
  ]);
  expect([...trace.at]).toEqual([1, 5, 5]);
  expect([...trace.item].map((item) => trace.items.keys[item])).toEqual(['image-2', 'image-1', 'image-3']);
});

test('a content has the size and the bytes of its latest word', () => {
  const { items } = buildTrace([decisionOf(1, { sizeGib: 2 }), decisionOf(1, { sizeGib: 3, bytes: 7 })]);
  expect([items.count, ...items.sizeGib, ...items.bytes]).toEqual([1, 3, 7]);
});

test('a pool or a project is selected', () => {
  const decisions = [
    decisionOf(1, { pool: 'b', projectId: 'one' }),
    decisionOf(2, { pool: 'a', projectId: null }),
    decisionOf(3, { pool: 'b', projectId: 'two' }),
  ];
  expect(poolsOf(decisions)).toEqual(['a', 'b']);
  expect(buildTrace(decisions, { pool: 'b' }).items.keys).toEqual(['image-1', 'image-3']);
  expect(buildTrace(decisions, { pool: 'b', projectId: 'two' }).items.keys).toEqual(['image-3']);
});

test.each<[Partial<CacheDecision>, string]>([
  [{ sizeGib: 0 }, 'decision 1: sizeGib is 0; it must be whole GiB, at least 1'],
  [{ sizeGib: 1.5 }, 'decision 1: sizeGib is 1.5'],
  [{ bytes: -1 }, 'decision 1: bytes is -1'],
  [{ refillSeconds: NaN }, 'decision 1: refillSeconds is NaN'],
  [{ at: Infinity }, 'decision 1: at is Infinity'],
  [{ key: '' }, 'decision 1: key is '],
])('%j cannot be', (patch, message) => {
  expect(() => buildTrace([decisionOf(1), decisionOf(2, patch)])).toThrow(message);
});
