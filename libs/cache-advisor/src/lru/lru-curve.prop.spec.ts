import fc from 'fast-check';
import { anyDecisions, decisionOf } from '../testing/any-decisions';
import { runPlainly } from '../testing/plain-cache';
import { noSums } from '../trace/measure';
import { buildTrace, type Trace } from '../trace/trace';
import { lruCurve } from './lru-curve';

const sumsOf = (trace: Trace, hits: readonly boolean[]) =>
  hits.reduce((sums, isHit, index) => {
    if (!isHit) return sums;
    const { requests, bytes, seconds } = sums;
    const more = { bytes: trace.items.bytes[trace.item[index]!]!, seconds: trace.refillSeconds[index]! };
    return { requests: requests + 1, bytes: bytes + more.bytes, seconds: seconds + more.seconds };
  }, noSums);

test('the curve tells of every limit what a plain LRU cache of that limit serves', () => {
  fc.assert(
    fc.property(anyDecisions(), (decisions) => {
      const trace = buildTrace(decisions);
      const curve = lruCurve(trace);
      const whole = trace.items.sizeGib.reduce((sum, size) => sum + size, 0);
      for (let limitGib = 0; limitGib <= whole + 1; limitGib++) {
        const { hits } = runPlainly(trace, { policy: 'lru', limitGib });
        expect({ limitGib, ...curve.hitsAt(limitGib) }).toEqual({ limitGib, ...sumsOf(trace, hits) });
      }
    }),
  );
});

test('many more requests than items: moments of use are given back', () => {
  const decisions = Array.from({ length: 5000 }, (_, index) => decisionOf((index * index) % 7, { sizeGib: 2 }));
  const trace = buildTrace(decisions);
  const curve = lruCurve(trace);
  for (const limitGib of [1, 2, 4, 6, 8, 14]) {
    const { hits } = runPlainly(trace, { policy: 'lru', limitGib });
    expect(curve.hitsAt(limitGib)).toEqual(sumsOf(trace, hits));
  }
});

test('a larger limit that admits a larger image may serve less: the curve has a dent there', () => {
  const sizes: Record<number, number> = { 1: 4, 2: 11 };
  const trace = buildTrace([1, 2, 1, 2, 1].map((image) => decisionOf(image, { sizeGib: sizes[image]! })));
  const curve = lruCurve(trace);
  expect([3, 4, 10, 11, 14, 15].map((limitGib) => curve.hitsAt(limitGib).requests)).toEqual([0, 2, 2, 0, 0, 3]);
});

test('the smallest limit for a share of requests, bytes or seconds', () => {
  const trace = buildTrace([
    ...[1, 1, 1].map(() => decisionOf(1, { sizeGib: 3, bytes: 10, refillSeconds: 1 })),
    ...[2, 1, 2].map((image) =>
      decisionOf(image, { sizeGib: image === 1 ? 3 : 5, bytes: image === 1 ? 10 : 90, refillSeconds: 1 }),
    ),
  ]);
  const curve = lruCurve(trace);
  expect(curve.limitFor(0.3, 'requests')).toBe(3);
  expect(curve.limitFor(4 / 6, 'requests')).toBe(8);
  expect(curve.limitFor(0.3, 'bytes')).toBe(8);
  expect(curve.limitFor(0.5, 'seconds')).toBe(3);
  expect(curve.limitFor(4 / 6, 'seconds')).toBe(8);
  expect(curve.limitFor(0.9, 'requests')).toBeUndefined();
  expect(curve.limitFor(0, 'requests')).toBe(3);
});

test('an empty trace has an empty curve', () => {
  const curve = lruCurve(buildTrace([]));
  expect(curve.hitsAt(10)).toEqual(noSums);
  expect(curve.ratiosAt(0)).toEqual(noSums);
  expect(curve.limitFor(0.5, 'requests')).toBeUndefined();
});
