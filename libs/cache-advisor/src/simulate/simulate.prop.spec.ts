import { evictionPolicies } from '@hearth/contracts';
import fc from 'fast-check';
import { anyDecisions, decisionOf } from '../testing/any-decisions';
import { type PlainRun, runPlainly } from '../testing/plain-cache';
import { buildTrace, type Trace } from '../trace/trace';
import type { ShadowRules } from './rules';
import { simulate } from './simulate';

function runOf(trace: Trace, rules: ShadowRules): PlainRun {
  const hits: boolean[] = [];
  const evicted: PlainRun['evicted'][number][] = [];
  simulate(trace, rules, {
    served: (_, isHit) => void hits.push(isHit),
    evicted: (index, item, reason) => void evicted.push({ index, item, reason }),
  });
  return { hits, evicted };
}

const anyRules = fc.record({
  policy: fc.constantFrom(...evictionPolicies),
  limitGib: fc.nat(40),
  maxCount: fc.nat(8),
  ttlSeconds: fc.constantFrom(0, 0, 30, 100),
  admission: fc.constantFrom(
    { mode: 'at-once', windowSeconds: 0 } as const,
    { mode: 'second-request', windowSeconds: 60 } as const,
  ),
});

test('every policy, limit, age and admission: the same hits and the same evictions as the plain rules', () => {
  fc.assert(
    fc.property(anyDecisions(), anyRules, (decisions, rules) => {
      const trace = buildTrace(decisions);
      expect(runOf(trace, rules)).toEqual(runPlainly(trace, rules));
    }),
    { numRuns: 300 },
  );
});

test('the sums are those of the steps, and the limits hold throughout', () => {
  fc.assert(
    fc.property(anyDecisions(), anyRules, (decisions, rules) => {
      const trace = buildTrace(decisions);
      const { hits, evicted } = runOf(trace, rules);
      const simulated = simulate(trace, rules);
      expect(simulated.hits.requests).toBe(hits.filter(Boolean).length);
      expect(simulated.evictions.count + simulated.expired.count).toBe(evicted.length);
      if (rules.limitGib > 0) expect(simulated.sizeGib.most).toBeLessThanOrEqual(rules.limitGib);
    }),
  );
});

test.each<[string, Partial<ShadowRules>, RegExp]>([
  ['a negative limit', { limitGib: -1 }, /limitGib is -1; it must be at least 0/],
  ['no number', { maxCount: NaN }, /maxCount is NaN/],
  ['an unknown policy', { policy: 'mru' as 'lru' }, /policy is mru; it must be one of lru, sieve, cost-aware/],
  ['a window of nothing', { admission: { mode: 'second-request', windowSeconds: 0 } }, /windowSeconds is 0/],
])('%s is refused by name', (_, patch, message) => {
  expect(() => simulate(buildTrace([]), { policy: 'lru', limitGib: 10, ...patch })).toThrow(message);
});

test('an image larger than the limit is a miss each time and evicts nothing', () => {
  const trace = buildTrace([1, 2, 2, 1].map((image) => decisionOf(image, { sizeGib: image === 2 ? 11 : 10 })));
  for (const policy of evictionPolicies) {
    const { hits, evictions, notCached } = simulate(trace, { policy, limitGib: 10 });
    expect([hits.requests, evictions.count, notCached.largerThanLimit]).toEqual([1, 0, 2]);
  }
});
