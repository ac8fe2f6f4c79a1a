import type { ImageCacheEvent } from '@hearth/contracts';
import { fold } from '@hearth/kernel';
import fc from 'fast-check';
import { imageCacheDecider } from '../image-cache/image-cache.decide';
import { evolve } from '../image-cache/image-cache.evolve';
import type { ImageCache } from '../image-cache/image-cache.state';
import { type SampleEntry, cacheOf, evict, hitOf, madeBy } from './eviction.examples';
import { order } from './policy';

/** What happens to a cache: an entry is added, one is hit, one is taken by the policy, one goes for another reason. */
const steps = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('add' as const),
        sizeGib: fc.integer({ min: 1, max: 9 }),
        refillMs: fc.integer({ min: 1, max: 9_999 }),
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('hit' as const), at: fc.nat() }) },
    { weight: 3, arbitrary: fc.constant({ kind: 'take' as const }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const), at: fc.nat() }) },
  ),
  { maxLength: 120 },
);

const idle = ({ sizeGib = 1, refillMs = 1 } = {}): SampleEntry => ({ sizeGib, refillMs, held: 'idle', project: 1 });

/** A policy as its paper has it. */
interface Model {
  add(generation: number, entry: { readonly sizeGib: number; readonly refillMs: number }): void;
  hit(generation: number): void;
  /** Takes one, which is gone then. */
  take(): number | undefined;
  lose(generation: number): void;
}

/** One queue, the oldest first, with a mark on each entry and a hand. */
class Sieve implements Model {
  private queue: number[] = [];
  private readonly marked = new Set<number>();
  private hand: number | undefined;

  add(generation: number): void {
    this.queue.push(generation);
  }
  hit(generation: number): void {
    this.marked.add(generation);
  }
  take(): number | undefined {
    if (this.queue.length === 0) return undefined;
    let at = this.hand === undefined ? 0 : this.queue.indexOf(this.hand);
    while (this.marked.delete(this.queue[at]!)) at = (at + 1) % this.queue.length;
    const victim = this.queue[at]!;
    this.hand = this.queue[at + 1];
    this.queue = this.queue.filter((each) => each !== victim);
    return victim;
  }
  lose(generation: number): void {
    if (this.hand === generation) this.hand = this.queue[this.queue.indexOf(generation) + 1];
    this.queue = this.queue.filter((each) => each !== generation);
    this.marked.delete(generation);
  }
}

/** Greedy dual size frequency: H = L + frequency × cost ÷ size. */
class GreedyDual implements Model {
  private readonly entries = new Map<number, { worth: number; frequency: number; rate: number; lastUse: number }>();
  private inflation = 0;
  private clock = 0;

  add(generation: number, { sizeGib, refillMs }: { sizeGib: number; refillMs: number }): void {
    const rate = refillMs / 1_000 / sizeGib;
    this.entries.set(generation, { worth: this.inflation + rate, frequency: 0, rate, lastUse: (this.clock += 1) });
  }
  hit(generation: number): void {
    const entry = this.entries.get(generation)!;
    entry.frequency += 1;
    entry.worth = this.inflation + entry.frequency * entry.rate;
    entry.lastUse = this.clock += 1;
  }
  take(): number | undefined {
    const [victim] = [...this.entries].sort(
      ([, one], [, other]) => one.worth - other.worth || one.lastUse - other.lastUse,
    );
    if (!victim) return undefined;
    this.inflation = Math.max(this.inflation, victim[1].worth);
    this.entries.delete(victim[0]);
    return victim[0];
  }
  lose(generation: number): void {
    this.entries.delete(generation);
  }
}

class LeastRecentlyUsed implements Model {
  private queue: number[] = [];

  add(generation: number): void {
    this.queue.push(generation);
  }
  hit(generation: number): void {
    this.queue = [...this.queue.filter((each) => each !== generation), generation];
  }
  take(): number | undefined {
    return this.queue.shift();
  }
  lose(generation: number): void {
    this.queue = this.queue.filter((each) => each !== generation);
  }
}

test.each([
  ['lru', () => new LeastRecentlyUsed()],
  ['sieve', () => new Sieve()],
  ['cost-aware', () => new GreedyDual()],
] as const)('%s takes what its textbook takes, whatever came before', (policy, newModel) => {
  fc.assert(
    fc.property(steps, (all) => {
      const model: Model = newModel();
      let cache: ImageCache = imageCacheDecider.initialState;
      const apply = (...events: ImageCacheEvent[]) => (cache = events.reduce(evolve, cache));
      for (const step of all) {
        const live = [...cache.entries.values()].filter(({ status }) => status === 'ready');
        const chosen = 'at' in step ? live[step.at % Math.max(1, live.length)] : undefined;
        if (step.kind === 'add') {
          const generation = cache.generations + 1;
          apply(...madeBy(idle(step), generation));
          model.add(generation, step);
        } else if (step.kind === 'take') {
          const [victim] = order(policy, cache);
          expect(victim?.generation).toBe(model.take());
          if (victim) apply(evict(victim, policy));
        } else if (chosen && step.kind === 'hit') {
          apply(...hitOf(chosen.generation));
          model.hit(chosen.generation);
        } else if (chosen) {
          apply(evict(chosen));
          model.lose(chosen.generation);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('a policy that is chosen late has seen what the others have', () => {
  const entry = idle({ refillMs: 1_000 });
  const cache = cacheOf([entry, { ...entry, refillMs: 500 }, entry], [0, 0, 1]);
  const first = (policy: 'lru' | 'sieve' | 'cost-aware') => [...order(policy, cache)][0]?.generation;
  expect([first('lru'), first('sieve'), first('cost-aware')]).toEqual([3, 3, 2]);
});

test('one-hit wonders do not push out what is hit under SIEVE, and do under LRU', () => {
  const survivors = (policy: 'lru' | 'sieve') => {
    let cache = fold(imageCacheDecider, madeBy(idle(), 1));
    for (let generation = 2; generation <= 40; generation += 1) {
      if (generation % 6 === 2 && cache.entries.get(1)?.status === 'ready') cache = hitOf(1).reduce(evolve, cache);
      cache = madeBy(idle(), generation).reduce(evolve, cache);
      const live = [...cache.entries.values()].filter(({ status }) => status === 'ready');
      const [victim] = live.length > 5 ? order(policy, cache) : [];
      if (victim) cache = evolve(cache, evict(victim, policy));
    }
    return cache.entries.get(1)?.status;
  };
  expect([survivors('lru'), survivors('sieve')]).toEqual(['retired', 'ready']);
});

test('cost-aware goes on for as long as it is asked, each entry once, the one of least worth first', () => {
  const entry = fc.record({ sizeGib: fc.integer({ min: 1, max: 4 }), refillMs: fc.integer({ min: 1, max: 9 }) });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 100 }), fc.array(fc.nat({ max: 99 }), { maxLength: 30 }), (all, uses) => {
      const cache = cacheOf(all.map(idle), uses);
      const ordered = [...cache.entries.values()].sort(
        (one, other) => one.priority - other.priority || one.lastUse - other.lastUse,
      );
      expect([...order('cost-aware', cache)].map(({ generation }) => generation)).toEqual(
        ordered.map(({ generation }) => generation),
      );
    }),
    { numRuns: 100, examples: [[Array.from({ length: 100 }, () => ({ sizeGib: 1, refillMs: 1 })), []]] },
  );
});
