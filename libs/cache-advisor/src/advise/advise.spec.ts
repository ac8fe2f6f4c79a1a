import { oneHitTrace, zipfTrace } from '../testing/traces';
import { decisionOf } from '../testing/any-decisions';
import { buildTrace } from '../trace/trace';
import { advise, type AdviceOptions } from './advise';

/** Image 1 (4 GiB, quick) and image 2 (6 GiB, slow) in turns, then image 3 once. */
const small = buildTrace(
  [1, 2, 1, 2, 1, 2, 1, 3].map((image, index) =>
    decisionOf(image, {
      ...{ at: index * 86_400_000, sizeGib: image === 1 ? 4 : 6, bytes: image === 2 ? 900 : 100 },
      ...{ refillSeconds: image === 2 ? 9 : 1, outcome: index > 1 && image < 3 ? 'hit' : 'miss' },
    }),
  ),
);

test('what is asked for twice can be served, the first request for each content cannot', () => {
  const { demand, most, happened } = advise(small);
  expect(demand.total.requests - demand.compulsory.requests).toBe(5);
  expect(most).toEqual({ limitGib: 10, ratio: 5 / 8 });
  expect(happened.hits.requests).toBe(5);
});

test.each<[string, AdviceOptions, object | null]>([
  ['the smallest limit that reaches a share of requests', { targetHitRatio: 0.6 }, { limitGib: 10, ratio: 5 / 8 }],
  ['of bytes', { targetHitRatio: 0.5, by: 'bytes' }, { limitGib: 10, ratio: 2100 / 3200 }],
  ['a smaller share from a smaller cache', { targetHitRatio: 0.3 }, { limitGib: 4, ratio: 3 / 8 }],
  ['no limit reaches what is more than can be served', { targetHitRatio: 0.7 }, null],
])('%s', (_, options, recommended) => {
  expect(advise(small, options).recommended).toEqual(recommended);
});

test('without a target the size where the curve bends is recommended', () => {
  const trace = buildTrace(zipfTrace({ seed: 3, requests: 5000, images: 100, days: 10 }, 1.1));
  const { recommended, knee, curves, most } = advise(trace);
  expect(recommended).toEqual(knee);
  expect(knee!.limitGib).toBeLessThan(most!.limitGib / 2);
  expect(knee!.ratio).toBeGreaterThan(0.5 * most!.ratio);
  expect(curves.map(({ policy, points }) => [policy, points.length])).toEqual([
    ['lru', 128],
    ['sieve', 32],
    ['cost-aware', 32],
  ]);
});

test('the limit of today is a point of every curve, and no limit is the largest of all', () => {
  const { current, curves } = advise(small, { currentLimitGib: 7, policies: ['sieve'] });
  expect(curves.map(({ policy }) => policy)).toEqual(['lru', 'sieve']);
  expect(current).toEqual({ limitGib: 7, ratios: { lru: 0, sieve: 0 } });
  expect(advise(small, { currentLimitGib: 0 }).current!.ratios).toEqual({
    lru: 5 / 8,
    sieve: 5 / 8,
    'cost-aware': 5 / 8,
  });
});

test('another policy that serves more from the same size is named', () => {
  const trace = buildTrace(oneHitTrace({ seed: 1, requests: 20_000, images: 200, days: 10 }));
  const { sentences } = advise(trace, { currentLimitGib: 500 });
  expect(sentences.find((sentence) => sentence.startsWith('The limit of today'))).toMatch(
    /^The limit of today, 500 GiB, serves \d+\.\d % of requests with lru; of the same size (sieve|cost-aware) /,
  );
});

test('the advice in sentences', () => {
  expect(advise(small, { currentLimitGib: 4, targetHitRatio: 0.6 }).sentences).toEqual([
    'To serve 60.0 % of requests, 10 GiB are needed.',
    'With lru: at 4 GiB 37.5 %, at 10 GiB 62.5 % of requests; more GiB serve no more.',
    'The limit of today, 4 GiB, serves 37.5 % of requests with lru.',
    '37.5 % of requests were the first for their image: no size serves those, only a prefetch does.',
    'In fact 62.5 % of requests were served from a copy: 8 requests for 3 contents in 7 days.',
    '8 requests are few: the figures are mostly chance.',
  ]);
  expect(advise(small, { targetHitRatio: 0.9 }).sentences[0]).toBe(
    'No size serves 90.0 % of requests: 10 GiB serve 62.5 %, and more do not serve more.',
  );
});

test('a trace of nothing, and one without a second request, are said to be so', () => {
  expect(advise(buildTrace([])).sentences).toEqual(['Nothing was asked for, so there is nothing to advise.']);
  const { sentences, recommended } = advise(buildTrace([decisionOf(1), decisionOf(2)]));
  expect(sentences[0]).toBe('No image was asked for twice: a cache of any size serves nothing.');
  expect(recommended).toBeNull();
});

test('first requests that were hits tell of copies that are older than the log', () => {
  const { sentences } = advise(buildTrace([decisionOf(1, { outcome: 'hit' }), decisionOf(1, { outcome: 'hit' })]));
  expect(sentences).toContain(
    '1 contents had a copy before these requests begin; here their first request counts as a miss.',
  );
});

test.each<[string, object, RegExp]>([
  ['a target of nothing', { targetHitRatio: 0 }, /targetHitRatio is 0; it must be more than 0 and at most 1/],
  ['a target in percent', { targetHitRatio: 95 }, /targetHitRatio is 95/],
  ['a measure that there is not', { by: 'joules' }, /by is joules; it must be one of requests, bytes, seconds/],
  ['a negative limit', { currentLimitGib: -3 }, /currentLimitGib is -3/],
  ['a policy that there is not', { policies: ['fifo'] }, /policy is fifo/],
])('%s is refused by name', (_, options, message) => {
  expect(() => advise(small, options as AdviceOptions)).toThrow(message);
});
