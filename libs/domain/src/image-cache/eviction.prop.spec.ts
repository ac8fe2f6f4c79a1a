import fc from 'fast-check';
import { type CacheLimits, type Evictable, fitsCache, planEviction, planTrim } from './eviction';

const entries = fc
  .uniqueArray(fc.record({ sizeGib: fc.integer({ min: 1, max: 50 }), lastUse: fc.integer({ min: 0, max: 1000 }) }), {
    selector: (entry) => entry.lastUse,
    maxLength: 30,
  })
  .map((list): Evictable[] => list);
const limits: fc.Arbitrary<CacheLimits> = fc.record({
  maxSizeGib: fc.integer({ min: 0, max: 300 }),
  maxCount: fc.integer({ min: 0, max: 20 }),
});
const busy = fc.record({ sizeGib: fc.integer({ min: 0, max: 100 }), count: fc.integer({ min: 0, max: 10 }) });
const size = fc.integer({ min: 1, max: 100 });

const total = (list: readonly Evictable[]) => list.reduce((sum, entry) => sum + entry.sizeGib, 0);
const within = (sizeGib: number, count: number, { maxSizeGib, maxCount }: CacheLimits) =>
  (maxSizeGib === 0 || sizeGib <= maxSizeGib) && (maxCount === 0 || count <= maxCount);

test('room: after the plan the limits hold, and nothing less recently used was spared in its place', () => {
  fc.assert(
    fc.property(entries, busy, size, limits, (idle, inUse, sizeGib, limit) => {
      const usage = { sizeGib: total(idle) + inUse.sizeGib, count: idle.length + inUse.count };
      const plan = planEviction(idle, usage, { sizeGib, count: 1 }, limit);
      const everything = within(inUse.sizeGib + sizeGib, inUse.count + 1, limit);
      expect(plan !== undefined).toBe(everything);
      if (!plan) return;
      expect(within(usage.sizeGib - total(plan) + sizeGib, usage.count - plan.length + 1, limit)).toBe(true);
      const youngest = Math.max(-1, ...plan.map((entry) => entry.lastUse));
      const spared = idle.filter((entry) => !plan.includes(entry));
      expect(spared.every((entry) => entry.lastUse > youngest)).toBe(true);
    }),
  );
});

test('no more is given up than is needed', () => {
  fc.assert(
    fc.property(entries, size, limits, (idle, sizeGib, limit) => {
      const usage = { sizeGib: total(idle), count: idle.length };
      const plan = planEviction(idle, usage, { sizeGib, count: 1 }, limit);
      fc.pre(plan !== undefined && plan.length > 0);
      const shorter = (plan ?? []).slice(0, -1);
      expect(within(usage.sizeGib - total(shorter) + sizeGib, usage.count - shorter.length + 1, limit)).toBe(false);
    }),
  );
});

test('an image over the GiB limit is not cached and evicts nothing', () => {
  const idle = [{ sizeGib: 5, lastUse: 1 }];
  const limit = { maxSizeGib: 10, maxCount: 1 };
  expect(fitsCache(11, limit)).toBe(false);
  expect(planEviction(idle, { sizeGib: 5, count: 1 }, { sizeGib: 11, count: 1 }, limit)).toBeUndefined();
});

test.each<[string, CacheLimits, number]>([
  ['both limits unset', { maxSizeGib: 0, maxCount: 0 }, 0],
  ['only the count set', { maxSizeGib: 0, maxCount: 2 }, 1],
  ['only the size set', { maxSizeGib: 7, maxCount: 0 }, 1],
  ['both set, the count binding', { maxSizeGib: 100, maxCount: 1 }, 2],
])('%s: each limit stands by itself and 0 is unlimited', (_, limit, evictions) => {
  const idle = [
    { sizeGib: 3, lastUse: 2 },
    { sizeGib: 3, lastUse: 1 },
  ];
  expect(planEviction(idle, { sizeGib: 6, count: 2 }, { sizeGib: 3, count: 1 }, limit)).toHaveLength(evictions);
});

test('lowered limits are made to hold as far as idle entries allow', () => {
  const idle = [
    { sizeGib: 3, lastUse: 2 },
    { sizeGib: 3, lastUse: 1 },
  ];
  expect(planTrim(idle, { sizeGib: 6, count: 2 }, { maxSizeGib: 3, maxCount: 0 })).toEqual([
    { sizeGib: 3, lastUse: 1 },
  ]);
  expect(planTrim(idle, { sizeGib: 20, count: 9 }, { maxSizeGib: 3, maxCount: 0 })).toHaveLength(2);
});
