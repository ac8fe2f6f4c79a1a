import type { CacheDecision } from '../trace/decision';
import { burstTrace, nightlyTrace, oneHitTrace, scanTrace, type TraceShape, zipfTrace } from './traces';

const shape: TraceShape = { seed: 5, requests: 6000, images: 60, days: 10 };

function countsOf(decisions: Iterable<CacheDecision>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of decisions) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
const all = [...[burstTrace, nightlyTrace, oneHitTrace, scanTrace], (of: TraceShape) => zipfTrace(of, 1)];

test('equal seeds make equal traces, and others make others', () => {
  for (const trace of all) {
    const [one, same, other] = [5, 5, 6].map((seed) => [...trace({ ...shape, seed, requests: 500 })]);
    expect(one).toEqual(same);
    expect(one).not.toEqual(other);
  }
});

test('each trace has its requests, in order of time, and what can be known of them', () => {
  for (const trace of all) {
    const decisions = [...trace(shape)];
    expect(decisions).toHaveLength(shape.requests);
    expect(decisions.every(({ at }, index) => index === 0 || at >= decisions[index - 1]!.at)).toBe(true);
    expect(
      decisions.every(({ sizeGib, bytes, refillSeconds }) => sizeGib >= 1 && bytes > 0 && refillSeconds >= 2),
    ).toBe(true);
    const misses = decisions.filter(({ outcome }) => outcome === 'miss');
    expect(misses).toHaveLength(new Set(decisions.map(({ key }) => key)).size);
  }
});

test('a larger exponent gives the first image more of the requests', () => {
  const first = (exponent: number) => countsOf(zipfTrace(shape, exponent)).get('image-0')!;
  expect(first(0.7)).toBeLessThan(first(1));
  expect(first(1)).toBeLessThan(first(1.3));
  expect(first(1) / shape.requests).toBeCloseTo(0.214, 1);
});

test('half of the requests are for one-hit wonders', () => {
  const once = [...countsOf(oneHitTrace(shape))].filter(([key]) => key.startsWith('once-'));
  expect(once.every(([, count]) => count === 1)).toBe(true);
  expect(once.length / shape.requests).toBeCloseTo(0.5, 1);
});

test('most requests of a night are for its version', () => {
  const decisions = [...nightlyTrace(shape)];
  const ofLastDay = decisions.slice(-shape.requests / shape.days);
  const newest = ofLastDay.filter(({ key }) => key.endsWith('-9'));
  expect(newest.length / ofLastDay.length).toBeGreaterThan(0.85);
});

test('a burst asks for one image again and again, and a scan for all of them', () => {
  let [longest, run, last] = [0, 0, ''];
  for (const { key } of burstTrace(shape)) {
    run = key === last ? run + 1 : 1;
    last = key;
    longest = Math.max(longest, run);
  }
  expect(longest).toBeGreaterThanOrEqual(100);
  const ofTour = [...scanTrace(shape)].slice(shape.requests / 2, shape.requests * 0.6);
  expect(countsOf(ofTour).size).toBe(shape.images);
});
