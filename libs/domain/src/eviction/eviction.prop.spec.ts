import type { EvictionPolicy } from '@hearth/contracts';
import fc from 'fast-check';
import { evolve } from '../image-cache/image-cache.evolve';
import { decodeImageCache, encodeImageCache } from '../image-cache/image-cache.snapshot';
import { type CacheEntry, type ImageCache, entryOf, isEvictable } from '../image-cache/image-cache.state';
import { generationOf, imageOf } from '../image-cache/image-cache.examples';
import { anySampleEntry } from '../testing/any-sample-entry';
import { type SampleEntry, cacheOf, evict, policies, projectOf } from './eviction.examples';
import { type CacheLimits, isOverLimits, partOf } from './limits';
import { order } from './policy';
import { planRoom, planShare, planTrim } from './room';

const sample = fc
  .record({
    entries: fc.array(anySampleEntry, { maxLength: 24 }),
    uses: fc.array(fc.nat({ max: 23 }), { maxLength: 40 }),
  })
  .map(({ entries, uses }) => cacheOf(entries, uses));
const limits = fc.record({
  maxSizeGib: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 200 })),
  maxCount: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20 })),
});
const size = fc.integer({ min: 1, max: 60 });

const generations = (entries: Iterable<CacheEntry>) => [...entries].map(({ generation }) => generation);
const total = (entries: readonly CacheEntry[]) => entries.reduce((sum, { sizeGib }) => sum + sizeGib, 0);
const evictable = (cache: ImageCache) => [...cache.entries.values()].filter((entry) => isEvictable(cache, entry));
const without = (cache: ImageCache, entries: readonly CacheEntry[], policy: EvictionPolicy) =>
  entries.reduce((state, entry) => evolve(state, evict(entry, policy)), cache);
const withOne = ({ usage }: ImageCache, sizeGib: number) => ({
  sizeGib: usage.sizeGib + sizeGib,
  count: usage.count + 1,
});

describe.each(policies)('%s', (policy) => {
  test('P4 · P12: every entry that may go is named once, and none that is pinned, leased, claimed, filling or retired', () => {
    fc.assert(
      fc.property(sample, (cache) => {
        const named = [...order(policy, cache)];
        expect(generations(named).sort((one, other) => one - other)).toEqual(generations(evictable(cache)));
        for (const { imageId, status, claims } of named) {
          expect([cache.pins.has(imageId), status, claims]).toEqual([false, 'ready', 0]);
        }
      }),
    );
  });

  test('the order is the same whenever it is asked for, of a state that was saved and loaded too', () => {
    fc.assert(
      fc.property(sample, (cache) => {
        const loaded = decodeImageCache(JSON.parse(JSON.stringify(encodeImageCache(cache))));
        expect(generations(order(policy, loaded))).toEqual(generations(order(policy, cache)));
      }),
    );
  });

  test('to take the first one time after time is to take them in their order', () => {
    fc.assert(
      fc.property(sample, (cache) => {
        const taken: number[] = [];
        let state = cache;
        for (let [first] = order(policy, state); first; [first] = order(policy, state)) {
          taken.push(first.generation);
          state = evolve(state, evict(first, policy));
        }
        expect(taken).toEqual(generations(order(policy, cache)));
      }),
    );
  });

  test('P6: room is the shortest list in that order after which the limits hold; where none does, nothing is given up', () => {
    fc.assert(
      fc.property(sample, size, limits, (cache, sizeGib, limit) => {
        const plan = planRoom(cache, { sizeGib }, { ...limit, policy });
        const most = without(cache, evictable(cache), policy);
        const isPossible = !isOverLimits({ sizeGib, count: 1 }, limit) && !isOverLimits(withOne(most, sizeGib), limit);
        expect(plan !== undefined).toBe(isPossible);
        if (!plan) return;
        expect(generations(plan)).toEqual(generations(order(policy, cache)).slice(0, plan.length));
        expect(isOverLimits(withOne(without(cache, plan, policy), sizeGib), limit)).toBe(false);
        const shorter = without(cache, plan.slice(0, -1), policy);
        if (plan.length > 0) expect(isOverLimits(withOne(shorter, sizeGib), limit)).toBe(true);
      }),
    );
  });

  test('an image over the GiB limit evicts nothing', () => {
    fc.assert(
      fc.property(sample, fc.integer({ min: 1, max: 50 }), (cache, maxSizeGib) => {
        expect(planRoom(cache, { sizeGib: maxSizeGib + 1 }, { maxSizeGib, maxCount: 1, policy })).toBeUndefined();
      }),
    );
  });

  test('a fill that turns out larger takes the room of what it had reserved into account', () => {
    fc.assert(
      fc.property(sample, size, limits, fc.nat(), (cache, sizeGib, limit, at) => {
        const filling = [...cache.entries.values()].filter(({ status }) => status === 'filling');
        const entry = filling[at % Math.max(1, filling.length)];
        if (!entry) return;
        const plan = planRoom(cache, { sizeGib, inPlaceOf: entry }, { ...limit, policy });
        if (!plan) return;
        const { usage } = without(cache, plan, policy);
        const after = { sizeGib: usage.sizeGib - entry.sizeGib + sizeGib, count: usage.count };
        expect(isOverLimits(after, limit)).toBe(false);
      }),
    );
  });

  test('a trim begins above the start watermark, ends at the stop watermark, and takes no more than it may', () => {
    const percent = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(sample, limits, percent, percent, fc.nat({ max: 30 }), (cache, limit, one, other, most) => {
        const [stopPercent, startPercent] = [Math.min(one, other), Math.max(one, other)];
        const plan = planTrim(cache, { ...limit, policy, startPercent, stopPercent }, most);
        if (!isOverLimits(cache.usage, partOf(limit, startPercent))) return expect(plan).toEqual([]);
        expect(generations(plan)).toEqual(generations(order(policy, cache)).slice(0, plan.length));
        const stop = partOf(limit, stopPercent);
        const isDone = !isOverLimits(without(cache, plan, policy).usage, stop);
        expect(isDone || plan.length === Math.min(most, evictable(cache).length)).toBe(true);
        if (plan.length > 0) {
          expect(isOverLimits(without(cache, plan.slice(0, -1), policy).usage, stop)).toBe(true);
        }
      }),
    );
  });

  test('a project gives up only its own, and keeps to its share', () => {
    fc.assert(
      fc.property(
        sample,
        size,
        limits,
        fc.integer({ min: 1, max: 100 }),
        (cache, sizeGib, limit, projectSharePercent) => {
          const projectId = projectOf(1);
          const plan = planShare(cache, { sizeGib, projectId }, { ...limit, policy, projectSharePercent });
          const share = partOf(limit, projectSharePercent);
          if (!plan) return;
          expect(plan.every((entry) => entry.projectId === projectId && isEvictable(cache, entry))).toBe(true);
          const left = without(cache, plan, policy).usageOfProject.get(projectId) ?? { sizeGib: 0, count: 0 };
          expect(isOverLimits({ sizeGib: left.sizeGib + sizeGib, count: left.count + 1 }, share)).toBe(false);
        },
      ),
    );
  });
});

/** `ensure_space` of Cinder's image cache, word for word: the generations that go, or false. */
function ensureSpace(
  newestFirst: readonly { readonly generation: number; readonly sizeGib: number }[],
  sizeGib: number,
  { maxSizeGib, maxCount }: CacheLimits,
): readonly number[] | false {
  if (maxSizeGib === 0 && maxCount === 0) return [];
  if (maxSizeGib !== 0 && sizeGib > maxSizeGib) return false;
  const left = [...newestFirst];
  const gone: number[] = [];
  let count = left.length + 1;
  let sum = left.reduce((all, entry) => all + entry.sizeGib, 0) + sizeGib;
  while (((maxSizeGib > 0 && sum > maxSizeGib) || (maxCount > 0 && count > maxCount)) && left.length > 0) {
    const last = left.pop()!;
    gone.push(last.generation);
    sum -= last.sizeGib;
    count -= 1;
  }
  return maxSizeGib > 0 && sum > maxSizeGib ? false : gone;
}

test("I.5 · J.7: for any limits, entries and size LRU gives up just what Cinder's ensure_space does", () => {
  const idle = fc.array(
    anySampleEntry.map((entry): SampleEntry => ({ ...entry, held: 'idle' })),
    { maxLength: 24 },
  );
  fc.assert(
    fc.property(idle, fc.array(fc.nat({ max: 23 })), size, limits, (entries, uses, sizeGib, limit) => {
      const cache = cacheOf(entries, uses);
      const newestFirst = [...cache.entries.values()].sort((one, other) => other.lastUse - one.lastUse);
      const plan = planRoom(cache, { sizeGib }, limit);
      expect(plan ? generations(plan) : false).toEqual(ensureSpace(newestFirst, sizeGib, limit));
    }),
    { numRuns: 500 },
  );
});

test.each<[string, CacheLimits, number]>([
  ['both limits unset', { maxSizeGib: 0, maxCount: 0 }, 0],
  ['only the count set', { maxSizeGib: 0, maxCount: 2 }, 1],
  ['only the size set', { maxSizeGib: 7, maxCount: 0 }, 1],
  ['both set, the count binding', { maxSizeGib: 100, maxCount: 1 }, 2],
])('%s: each limit stands by itself and 0 is unlimited', (_, limit, evictions) => {
  const entry: SampleEntry = { sizeGib: 3, refillMs: 1, held: 'idle', project: 1 };
  expect(planRoom(cacheOf([entry, entry]), { sizeGib: 3 }, limit)).toHaveLength(evictions);
});

test('usage, by project too, and the indexes are what follows from the entries', () => {
  fc.assert(
    fc.property(sample, (cache) => {
      const live = [...cache.entries.values()].filter(({ status }) => status !== 'retired');
      expect(cache.usage).toEqual({ sizeGib: total(live), count: live.length });
      for (const project of [1, 2, 3].map(projectOf)) {
        const own = live.filter(({ projectId }) => projectId === project);
        expect(cache.usageOfProject.get(project)).toEqual(
          own.length === 0 ? undefined : { sizeGib: total(own), count: own.length },
        );
      }
      const byUse = [...live].sort((one, other) => one.lastUse - other.lastUse);
      expect([...cache.byUse.values()]).toEqual(generations(byUse));
      for (const { imageId, generation } of live) expect(cache.byImage.get(imageId)).toEqual([generation]);
      expect(cache.byImage.size).toBe(live.length);
      const retired = [...cache.entries.values()].find(({ status }) => status === 'retired');
      expect(retired && cache.byImage.get(retired.imageId)).toBeUndefined();
      expect(entryOf(cache, generationOf(99))).toBeUndefined();
      expect(cache.pins.has(imageOf(99).id)).toBe(false);
    }),
  );
});
