import { RateLimitedError } from '@hearth/cinder-v3';
import fc from 'fast-check';
import { RateLimits } from './rate-limits';

function limited(readsPerMinuteMax: number, writesPerMinuteMax = 0) {
  const clock = { nowMs: 1_000_000, now: () => clock.nowMs };
  const limits = new RateLimits({ readsPerMinuteMax, writesPerMinuteMax }, clock);
  const refusal = (project = 'p', method = 'GET') => {
    try {
      limits.take(project, method);
      return undefined;
    } catch (error) {
      if (error instanceof RateLimitedError) return error;
      throw error;
    }
  };
  return { clock, limits, refusal };
}

test('a minute holds what the limit says, at once or spread, and refused requests cost nothing', () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 70_000 }), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), pauses, (value, waits) => {
      const { clock, limits, refusal } = limited(value);
      const takenAtMs: number[] = [];
      for (const waitMs of waits) {
        clock.nowMs += waitMs;
        const remaining = limits.usage('p')[0]!.remaining;
        const refused = refusal();
        expect(refused === undefined).toBe(remaining > 0);
        if (refused === undefined) takenAtMs.push(clock.nowMs);
        else {
          // Who waits as told is taken.
          const other = limited(value);
          for (const atMs of takenAtMs) {
            other.clock.nowMs = atMs;
            other.limits.take('p', 'GET');
          }
          other.clock.nowMs = clock.nowMs + refused.retryAfterSeconds * 1_000;
          expect(other.refusal()).toBeUndefined();
        }
      }
      // A full bucket, and what came in since.
      for (const [index, fromMs] of takenAtMs.entries()) {
        for (const [further, toMs] of takenAtMs.slice(index).entries()) {
          expect(further + 1).toBeLessThanOrEqual(value + ((toMs - fromMs) * value) / 60_000 + 0.01);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('projects and verbs have buckets of their own', () => {
  const { refusal } = limited(1, 1);
  for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
    for (const project of ['one', 'other']) {
      expect(refusal(project, method)).toBeUndefined();
      expect(refusal(project, method)?.limit).toMatchObject({ value: 1, verb: method });
    }
  }
  expect(refusal('one', 'HEAD')?.limit.verb).toBe('GET');
});

test('it is told when the next request will be taken', () => {
  const { clock, limits } = limited(2);
  limits.take('p', 'GET');
  limits.take('p', 'GET');
  const nextAvailable = new Date(clock.nowMs + 30_000);
  expect(limits.usage('p')).toEqual([{ verb: 'GET', value: 2, remaining: 0, nextAvailable }]);
});

test('nothing is limited, and nothing shown, where no limit is set', () => {
  const { limits, refusal } = limited(0);
  for (let count = 0; count < 1_000; count += 1) expect(refusal('p', 'POST')).toBeUndefined();
  expect(limits.usage('p')).toEqual([]);
});

test('however many projects ask, what is remembered is bounded, and somebody who is over the limit stays so', () => {
  const { limits, refusal } = limited(1);
  for (let project = 0; project < 120_000; project += 1) limits.take(`p${project}`, 'GET');
  expect(refusal('p119999')).toBeInstanceOf(RateLimitedError);
  expect(refusal('p0')).toBeUndefined();
});

test('a clock that is set back keeps nobody out for longer than a bucket takes to fill', () => {
  const { clock, limits, refusal } = limited(2);
  expect([refusal(), refusal(), refusal()?.retryAfterSeconds]).toEqual([undefined, undefined, 30]);
  clock.nowMs -= 3_600_000;
  expect(refusal()?.retryAfterSeconds).toBe(30);
  expect(limits.usage('p')[0]).toMatchObject({ remaining: 0, nextAvailable: new Date(clock.nowMs + 30_000) });
  clock.nowMs += 30_000;
  expect(refusal()).toBeUndefined();
});
