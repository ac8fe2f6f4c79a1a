import type { EvictReason, ImageCacheEvent } from '@hearth/contracts';
import { isRefusal } from '@hearth/kernel';
import fc from 'fast-check';
import { owedChores } from './chores';
import type { CacheLimits } from '../eviction/limits';
import type { ImageCacheCommand } from './image-cache.commands';
import { imageCacheDecider } from './image-cache.decide';
import { claim, complete, fail, generationOf, imageVolumeOf, settle } from './image-cache.examples';
import { decodeImageCache, encodeImageCache } from './image-cache.snapshot';
import { type ImageCache, emptyCache, entryOf, isQuarantined } from './image-cache.state';

const volume = fc.integer({ min: 1, max: 8 });
const image = fc.integer({ min: 1, max: 4 });
const generation = fc.integer({ min: 1, max: 12 });

/** Commands as they may arrive: in any order, doubled, late, from processes that were given up. */
const commands = (limits: CacheLimits): fc.Arbitrary<readonly ImageCacheCommand[]> =>
  fc.array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc
          .tuple(volume, image, fc.integer({ min: 1, max: 6 }))
          .map(([at, of, sizeGib]) => claim(at, of, { limits, sizeGib })),
      },
      { weight: 3, arbitrary: generation.map(complete) },
      { weight: 1, arbitrary: fc.tuple(generation, fc.boolean()).map(([of, transient]) => fail(of, transient)) },
      { weight: 3, arbitrary: fc.tuple(volume, fc.boolean()).map(([of, succeeded]) => settle(of, succeeded)) },
      {
        weight: 1,
        arbitrary: fc.tuple(generation, fc.integer({ min: 1, max: 6 })).map(([of, sizeGib]): ImageCacheCommand => ({
          do: 'SizeFill',
          generation: generationOf(of),
          sizeGib,
          limits,
        })),
      },
      {
        weight: 1,
        arbitrary: generation.map((of): ImageCacheCommand => ({
          do: 'RetireEntry',
          generation: generationOf(of),
          reason: 'manual',
        })),
      },
      {
        weight: 1,
        arbitrary: fc.tuple(generation, fc.constantFrom('00', 'ff')).map(([of, digest]): ImageCacheCommand => ({
          do: 'RecordVerification',
          found: {
            generation: generationOf(of),
            contentDigest: `sha256-1m:${digest}`,
            at: '2026-02-01T00:00:00.000Z',
            bytesRead: 100,
            durationMs: 5,
          },
        })),
      },
      {
        weight: 1,
        arbitrary: generation.map((of): ImageCacheCommand => ({ do: 'RecordReaped', generation: generationOf(of) })),
      },
    ),
    { maxLength: 60 },
  );
const history = fc
  .record({ maxSizeGib: fc.constantFrom(0, 6, 10), maxCount: fc.constantFrom(0, 1, 3) })
  .chain((limits) => fc.record({ limits: fc.constant(limits), commands: commands(limits) }));

/** Evictions that ask nobody who uses the copy. */
const isAtOnce = (reason: EvictReason) => reason === 'manual' || reason === 'verify-failed';

/** Runs a history; `look` sees every state and the events that led to it. Each claim gets an image-volume of its own. */
function run(
  all: readonly ImageCacheCommand[],
  look: (state: ImageCache, events: readonly ImageCacheEvent[], before: ImageCache) => void = () => undefined,
): { state: ImageCache; events: ImageCacheEvent[] } {
  let state = emptyCache;
  const events: ImageCacheEvent[] = [];
  all.forEach((command, index) => {
    const own = command.do === 'ClaimEntry' ? { ...command, imageVolumeId: imageVolumeOf(index + 100) } : command;
    const decision = imageCacheDecider.decide(own, state);
    if (isRefusal(decision)) return;
    const before = state;
    state = decision.reduce((at, event) => imageCacheDecider.evolve(at, event), state);
    events.push(...decision);
    look(state, decision, before);
  });
  return { state, events };
}

test('P1: one live fill, or one ready copy, per content at every moment', () => {
  fc.assert(
    fc.property(history, ({ commands: all }) => {
      run(all, (state) => {
        const live = [...state.entries.values()].filter((entry) => entry.status !== 'retired');
        expect(new Set(live.map((entry) => entry.content)).size).toBe(live.length);
      });
    }),
  );
});

test('P4: nothing is evicted to make room while a create holds it, and no image-volume is reaped under a lease', () => {
  fc.assert(
    fc.property(history, ({ commands: all }) => {
      run(all, (_, events, before) => {
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
    fc.property(history, ({ commands: all }) => {
      run(all, (state, events, before) => {
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

test('P6: the limits hold at every moment, filling entries included', () => {
  fc.assert(
    fc.property(history, ({ limits, commands: all }) => {
      run(all, ({ usage, entries }) => {
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
    fc.property(history, ({ commands: all }) => {
      const { state } = run(all, (after, events, before) => {
        for (const event of events) {
          if (event.type !== 'hit' && event.type !== 'miss' && event.type !== 'lease-ended') continue;
          expect(before.claims.has(event.data.volumeId)).toBe(true);
          expect(after.claims.has(event.data.volumeId)).toBe(false);
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
    fc.property(history, ({ commands: all }) => {
      const { state } = run(all);
      for (const command of all) {
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
    fc.property(history, fc.nat(), ({ commands: all }, seed) => {
      const { events } = run(all);
      const shuffled = events.map((event, index) => events[(index * 7 + seed) % events.length] ?? event);
      const state = shuffled.reduce((at, event) => imageCacheDecider.evolve(at, event), emptyCache);
      expect(owedChores(state, () => false)).toEqual(expect.any(Array));
    }),
  );
});

test('whoever waits is woken: once its fill has ended, no create is left waiting', () => {
  fc.assert(
    fc.property(history, ({ commands: all }) => {
      run(all, (state) => {
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
    fc.property(history, ({ commands: all }) => {
      const { state } = run(all);
      const loaded = decodeImageCache(plain(state));
      expect(loaded.usage).toEqual(state.usage);
      expect(new Map(loaded.serving)).toEqual(new Map(state.serving));
      for (const command of all) {
        const decision = imageCacheDecider.decide(command, state);
        expect(imageCacheDecider.decide(command, loaded)).toEqual(decision);
      }
    }),
  );
});
