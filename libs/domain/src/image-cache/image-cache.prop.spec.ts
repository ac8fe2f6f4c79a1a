import type { EvictReason } from '@hearth/contracts';
import { isRefusal } from '@hearth/kernel';
import fc from 'fast-check';
import { anyCacheHistory, playCache } from '../testing/any-cache-history';
import { owedChores } from './chores';
import { imageCacheDecider } from './image-cache.decide';
import { minutesLater } from './image-cache.examples';
import { decodeImageCache, encodeImageCache } from './image-cache.snapshot';
import { type ImageCache, emptyCache, entryOf, isQuarantined } from './image-cache.state';

/** Evictions that ask nobody who uses the copy. */
const isAtOnce = (reason: EvictReason) => ['manual', 'verify-failed', 'clone-limit'].includes(reason);

test('P1 · I.1 · I.28: one live fill, or one ready copy, per content at every moment', () => {
  fc.assert(
    fc.property(anyCacheHistory, ({ commands: all }) => {
      playCache(all, (state) => {
        const live = [...state.entries.values()].filter((entry) => entry.status !== 'retired');
        expect(new Set(live.map((entry) => entry.content)).size).toBe(live.length);
      });
    }),
  );
});

test('P4 · I.41: nothing is evicted to make room while a create holds it, and no image-volume is reaped under a lease', () => {
  fc.assert(
    fc.property(anyCacheHistory, ({ commands: all }) => {
      playCache(all, (_, events, before) => {
        for (const event of events) {
          if (event.type === 'evict' && !isAtOnce(event.data.reason)) {
            expect(entryOf(before, event.data.generation)?.claims).toBe(0);
          }
          if (event.type === 'reaped') expect(entryOf(before, event.data.generation)?.leases).toBe(0);
        }
      });
    }),
  );
});

test('P3: a copy that was found to be bad is quarantined, and no create gets a lease of it any more', () => {
  fc.assert(
    fc.property(anyCacheHistory, ({ commands: all }) => {
      playCache(all, (state, events, before) => {
        for (const event of events) {
          if (event.type === 'verify-failed') {
            expect(isQuarantined(entryOf(state, event.data.generation)!)).toBe(true);
          }
          const leased = event.type === 'leased' ? entryOf(before, event.data.generation) : undefined;
          if (leased) expect(isQuarantined(leased)).toBe(false);
        }
        for (const { status, ...entry } of state.entries.values()) {
          if (status === 'ready') expect(isQuarantined({ status, ...entry })).toBe(false);
        }
      });
    }),
  );
});

test('P6 · I.6: the limits hold at every moment, filling entries included', () => {
  fc.assert(
    fc.property(anyCacheHistory, ({ rules: { limits }, commands: all }) => {
      playCache(all, ({ usage, entries }) => {
        const live = [...entries.values()].filter((entry) => entry.status !== 'retired');
        expect(usage).toEqual({ count: live.length, sizeGib: live.reduce((sum, entry) => sum + entry.sizeGib, 0) });
        if (limits.maxSizeGib > 0) expect(usage.sizeGib).toBeLessThanOrEqual(limits.maxSizeGib);
        if (limits.maxCount > 0) expect(usage.count).toBeLessThanOrEqual(limits.maxCount);
      });
    }),
  );
});

test('P8: a claim ends in exactly one hit, miss or ended lease', () => {
  fc.assert(
    fc.property(anyCacheHistory, ({ commands: all }) => {
      const { state } = playCache(all, (_, events, before) => {
        let now = before;
        for (const event of events) {
          const had = now.claims;
          now = imageCacheDecider.evolve(now, event);
          if (event.type !== 'hit' && event.type !== 'miss' && event.type !== 'lease-ended') continue;
          expect(had.has(event.data.volumeId)).toBe(true);
          expect(now.claims.has(event.data.volumeId)).toBe(false);
        }
      });
      for (const entry of state.entries.values()) {
        const held = [...state.claims.values()].filter((each) => each.generation === entry.generation);
        expect(entry.claims).toBe(held.length);
        expect(entry.leases).toBe(held.filter((each) => each.stage === 'leased').length);
      }
    }),
  );
});

test('retry: once its events are applied, a command yields no further events', () => {
  fc.assert(
    fc.property(anyCacheHistory, ({ commands: all }) => {
      const { state } = playCache(all);
      // An orphan that is removed is a fact each time.
      for (const command of all.filter(({ do: what }) => what !== 'RecordOrphan')) {
        const decision = imageCacheDecider.decide(command, state);
        if (isRefusal(decision)) continue;
        const then = decision.reduce((at, event) => imageCacheDecider.evolve(at, event), state);
        const again = imageCacheDecider.decide(command, then);
        expect(isRefusal(again) ? [] : again).toEqual([]);
      }
    }),
  );
});

test('no surprise: any event in any state is accepted, and chores are always answered', () => {
  fc.assert(
    fc.property(anyCacheHistory, fc.nat(), ({ commands: all }, seed) => {
      const { events } = playCache(all);
      const shuffled = events.map((event, index) => events[(index * 7 + seed) % events.length] ?? event);
      const state = shuffled.reduce((at, event) => imageCacheDecider.evolve(at, event), emptyCache);
      expect(owedChores(state, () => false, { now: minutesLater(500), graceSeconds: 60 })).toEqual(expect.any(Array));
    }),
  );
});

test('whoever waits is woken: once its fill has ended, no create is left waiting', () => {
  fc.assert(
    fc.property(anyCacheHistory, ({ commands: all }) => {
      playCache(all, (state) => {
        for (const { generation: of, stage } of state.claims.values()) {
          const entry = entryOf(state, of);
          const waits = stage === 'waiting' || stage === 'filling';
          if (waits && entry) expect(entry.status).toBe('filling');
        }
      });
    }),
  );
});

test('a state that was saved and loaded decides as the one that was folded', () => {
  const plain = (state: ImageCache) => JSON.parse(JSON.stringify(encodeImageCache(state))) as unknown;
  fc.assert(
    fc.property(anyCacheHistory, ({ commands: all }) => {
      const { state } = playCache(all);
      const loaded = decodeImageCache(plain(state));
      expect(loaded.usage).toEqual(state.usage);
      for (const index of ['serving', 'byImage', 'usageOfProject', 'pins', 'prefetches'] as const) {
        expect(new Map<string, unknown>(loaded[index])).toEqual(new Map<string, unknown>(state[index]));
      }
      expect([...loaded.byUse.values()]).toEqual([...state.byUse.values()]);
      for (const command of all) {
        const decision = imageCacheDecider.decide(command, state);
        expect(imageCacheDecider.decide(command, loaded)).toEqual(decision);
      }
    }),
  );
});

test('P12: no rule of the pool takes what is pinned', () => {
  const byRule: readonly EvictReason[] = ['lru', 'limit', 'ttl', 'unused', 'drained'];
  fc.assert(
    fc.property(anyCacheHistory, ({ commands: all }) => {
      playCache(all, (_, events, before) => {
        for (const event of events) {
          if (event.type !== 'evict' || !byRule.includes(event.data.reason)) continue;
          expect(before.pins.has(event.data.imageId)).toBe(false);
        }
      });
    }),
  );
});

test('an entry that is suspended gives no lease, and a cache that is switched off makes nothing', () => {
  fc.assert(
    fc.property(anyCacheHistory, ({ commands: all }) => {
      playCache(all, (_, events, before) => {
        for (const { type, data } of events) {
          if (type === 'leased') expect(entryOf(before, data.generation)?.suspended).toBeUndefined();
          if (type === 'fill-started') expect(before.off).toBeUndefined();
        }
      });
    }),
  );
});

test('an entry that bears no more clones is leased to nobody but who filled it', () => {
  fc.assert(
    fc.property(anyCacheHistory, ({ rules: { cloneLimit }, commands: all }) => {
      fc.pre(cloneLimit > 0);
      playCache(all, (_, events, before) => {
        for (const { type, data } of events) {
          const entry = type === 'leased' ? entryOf(before, data.generation) : undefined;
          if (entry?.status === 'ready') expect(entry.dependants + entry.leases).toBeLessThan(cloneLimit);
        }
      });
    }),
  );
});

test('a prefetch has one end', () => {
  fc.assert(
    fc.property(anyCacheHistory, ({ commands: all }) => {
      playCache(all, (after, events, before) => {
        const ends = events.flatMap((event) => (event.type === 'prefetch-ended' ? [event.data] : []));
        expect(new Set(ends.map(({ prefetchId }) => prefetchId)).size).toBe(ends.length);
        for (const { prefetchId, imageId } of ends) {
          expect(before.prefetches.get(imageId)?.prefetchId).toBe(prefetchId);
          expect(after.prefetches.get(imageId)).toBeUndefined();
        }
      });
    }),
  );
});
