import { decisionOf } from '../testing/any-decisions';
import { zipfTrace } from '../testing/traces';
import { buildTrace } from '../trace/trace';
import { limitsOf, simulatedCurve } from './curve';

const trace = buildTrace(zipfTrace({ seed: 2, requests: 3000, images: 200, days: 5 }, 0.9));

test('limits go from the smallest image to the sum of all, each once, in ratios that are nearly equal', () => {
  const limits = limitsOf(trace);
  const all = trace.items.sizeGib.reduce((sum, size) => sum + size, 0);
  expect(limits).toHaveLength(32);
  expect([limits[0], limits.at(-1)]).toEqual([1, all]);
  expect(limits).toEqual([...new Set(limits)].sort((one, other) => one - other));
  const ratios = limits.slice(20).map((limit, index) => limit / limits[19 + index]!);
  expect(Math.max(...ratios) / Math.min(...ratios)).toBeLessThan(1.05);
});

test('where few sizes lie between, there are as many limits as sizes', () => {
  expect(limitsOf(buildTrace([decisionOf(1, { sizeGib: 3 }), decisionOf(2, { sizeGib: 4 })]))).toEqual([3, 4, 5, 6, 7]);
  expect(limitsOf(buildTrace([decisionOf(1, { sizeGib: 3 })]))).toEqual([3]);
  expect(limitsOf(buildTrace([]))).toEqual([]);
});

test('the largest limit serves all that was asked for before', () => {
  const all = limitsOf(trace).at(-1)!;
  for (const policy of ['sieve', 'cost-aware'] as const) {
    const [point] = simulatedCurve(trace, policy, [all]);
    expect(point!.hits.requests).toBe(trace.length - trace.items.count);
  }
});
