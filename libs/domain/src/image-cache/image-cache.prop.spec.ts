import { type EvictReason, type ImageCacheEvent, evictionPolicies, suspensionCauses } from '@hearth/contracts';
import { type ProjectId, isRefusal } from '@hearth/kernel';
import fc from 'fast-check';
import type { CacheLimits } from '../eviction/limits';
import { owedChores } from './chores';
import type { CommandOf, ImageCacheCommand } from './image-cache.commands';
import { imageCacheDecider } from './image-cache.decide';
import {
  actor,
  beginFill,
  claim,
  complete,
  contentOf,
  fail,
  generationOf,
  imageOf,
  imageVolumeOf,
  minutesLater,
  pin,
  prefetchOf,
  requestPrefetch,
  settle,
  suspend,
  switchOff,
  volumeOf,
} from './image-cache.examples';
import { decodeImageCache, encodeImageCache } from './image-cache.snapshot';
import { type ImageCache, emptyCache, entryOf, isQuarantined } from './image-cache.state';
import type { PruneRule } from './steward.commands';

const volume = fc.integer({ min: 1, max: 8 });
const image = fc.integer({ min: 1, max: 4 });
const generation = fc.integer({ min: 1, max: 12 });
const size = fc.integer({ min: 1, max: 6 });
const moment = fc.integer({ min: 0, max: 300 }).map(minutesLater);

/** The rules of a pool. */
interface Rules {
  readonly limits: CacheLimits;
  readonly cloneLimit: number;
  readonly admissionWindowSeconds: number | undefined;
}

const rules: fc.Arbitrary<Rules> = fc.record({
  limits: fc.record({
    maxSizeGib: fc.constantFrom(0, 6, 10),
    maxCount: fc.constantFrom(0, 1, 3),
    policy: fc.constantFrom(...evictionPolicies),
    projectSharePercent: fc.constantFrom(0, 0, 60),
    keepGenerations: fc.constantFrom(1, 2),
    startPercent: fc.constantFrom(100, 80),
    stopPercent: fc.constantFrom(100, 50),
  }),
  cloneLimit: fc.constantFrom(0, 0, 2),
  admissionWindowSeconds: fc.constantFrom(undefined, undefined, undefined, 9_999),
});

const weighed = <Command extends ImageCacheCommand>(weight: number, arbitrary: fc.Arbitrary<Command>) => ({
  weight,
  arbitrary: arbitrary as fc.Arbitrary<ImageCacheCommand>,
});

/** What creates, fills and passes ask for. */
const work = ({ limits, cloneLimit, admissionWindowSeconds }: Rules) => {
  const request = fc
    .record({
      at: moment,
      sizeGib: size,
      project: fc.constantFrom('a', 'b'),
      version: fc.constantFrom('', '', '', '-2'),
    })
    .map(({ at, sizeGib, project, version }) => ({
      patch: {
        limits,
        sizeGib,
        at,
        cloneLimit,
        projectId: project as ProjectId,
        ...(admissionWindowSeconds && { admissionWindowSeconds }),
      },
      version,
    }));
  const asked = fc
    .tuple(volume, image, request)
    .map(([at, which, { patch, version }]) => claim(at, which, { ...patch, content: contentOf(which) + version }));
  return [
    weighed(32, asked),
    weighed(
      4,
      fc
        .tuple(asked, generation)
        .map(([each, which]) => ({ ...each, do: 'SupersedeEntry', generation: generationOf(which) })),
    ),
    weighed(
      4,
      fc
        .tuple(image, fc.constantFrom(undefined, 1, 2), size)
        .map(([which, id, sizeGib]) =>
          beginFill(which, which, { limits, sizeGib, ...(id && { prefetchId: prefetchOf(id) }) }),
        ),
    ),
    weighed(24, generation.map(complete)),
    weighed(
      8,
      fc.tuple(generation, fc.boolean()).map(([which, transient]) => fail(which, transient)),
    ),
    weighed(
      24,
      fc.tuple(volume, fc.boolean()).map(([which, succeeded]) => settle(which, succeeded)),
    ),
    weighed(
      4,
      volume.map((which): ImageCacheCommand => ({ do: 'ReturnLease', volumeId: volumeOf(which), reason: 'declined' })),
    ),
    weighed(
      8,
      fc.tuple(generation, size).map(([which, sizeGib]): ImageCacheCommand => ({
        do: 'SizeFill',
        generation: generationOf(which),
        sizeGib,
        limits,
      })),
    ),
    weighed(
      8,
      fc.tuple(generation, fc.boolean()).map(([which, ifIdle]): ImageCacheCommand => ({
        do: 'RetireEntry',
        generation: generationOf(which),
        reason: 'manual',
        ifIdle,
      })),
    ),
    weighed(4, fc.constant<ImageCacheCommand>({ do: 'TrimToLimits', limits, evictionsMax: 100 })),
    weighed(
      8,
      fc.tuple(generation, fc.constantFrom('00', 'ff')).map(([which, digest]): ImageCacheCommand => ({
        do: 'RecordVerification',
        found: {
          generation: generationOf(which),
          contentDigest: `sha256-1m:${digest}`,
          ...{ at: '2026-02-01T00:00:00.000Z', bytesRead: 100, durationMs: 5 },
        },
      })),
    ),
    weighed(
      8,
      generation.map((which): ImageCacheCommand => ({ do: 'RecordReaped', generation: generationOf(which) })),
    ),
  ];
};

const ageing: fc.Arbitrary<PruneRule> = fc.record({
  kind: fc.constant('ageing' as const),
  keepGenerations: fc.constantFrom(1, 2),
  ttlSeconds: fc.constantFrom(0, 3_600),
  removeUnused: fc.boolean(),
  minimumAgeSeconds: fc.constantFrom(0, 3_600),
  resizedMinimumAgeSeconds: fc.constantFrom(0, 60),
  graceSeconds: fc.constantFrom(0, 3_600),
});
const pruneRule: fc.Arbitrary<PruneRule> = fc.oneof(
  ageing,
  fc.boolean().map((pinned): PruneRule => ({ kind: 'all', pinned })),
  fc
    .tuple(image, fc.boolean())
    .map(([which, pinned]): PruneRule => ({ kind: 'image', imageId: imageOf(which).id, pinned })),
);

/** What operators, policies and reconciles ask for. */
const stewardship = ({ limits }: Rules) => [
  weighed(
    1,
    fc.tuple(image, fc.constantFrom(...suspensionCauses)).map(([which, cause]) => suspend(which, cause)),
  ),
  weighed(
    1,
    image.map((which): ImageCacheCommand => ({ do: 'ResumeImage', imageId: imageOf(which).id, at: minutesLater(1) })),
  ),
  weighed(1, image.map(pin)),
  weighed(
    1,
    image.map((which): ImageCacheCommand => ({
      do: 'UnpinImage',
      imageId: imageOf(which).id,
      by: actor,
      at: minutesLater(1),
    })),
  ),
  weighed(1, fc.constantFrom('drain' as const, 'stay' as const).map(switchOff)),
  weighed(6, fc.constant<ImageCacheCommand>({ do: 'SwitchOn', by: actor, at: minutesLater(1) })),
  weighed(
    1,
    fc
      .tuple(fc.integer({ min: 1, max: 2 }), image, fc.boolean())
      .map(([id, which, pinned]) => requestPrefetch(id, which, { pin: pinned })),
  ),
  weighed(
    1,
    fc.integer({ min: 1, max: 2 }).map((id): ImageCacheCommand => ({
      do: 'CancelPrefetch',
      prefetchId: prefetchOf(id),
      by: actor,
      at: minutesLater(1),
    })),
  ),
  weighed(
    1,
    fc.integer({ min: 1, max: 2 }).map((id): ImageCacheCommand => ({
      ...{ do: 'EndPrefetch', prefetchId: prefetchOf(id), outcome: 'expired', generation: null, failure: null },
      at: minutesLater(1),
    })),
  ),
  weighed(
    2,
    fc.tuple(pruneRule, moment).map(([rule, at]): ImageCacheCommand => ({ do: 'Prune', rule, evictionsMax: 100, at })),
  ),
  weighed(
    1,
    generation.map((which): ImageCacheCommand => ({
      do: 'CorrectSize',
      generation: generationOf(which),
      sizeGib: 1,
      limits,
      at: minutesLater(1),
    })),
  ),
  weighed(
    1,
    fc.constant<ImageCacheCommand>({ do: 'RecordOrphan', objectName: 'volume-x', sizeGib: 1, at: minutesLater(1) }),
  ),
  weighed(
    1,
    fc.tuple(generation, fc.integer({ min: 0, max: 3 })).map(([which, count]): ImageCacheCommand => ({
      ...{ do: 'CountDependants', counts: [{ generation: generationOf(which), count }], at: minutesLater(1) },
    })),
  ),
];

/** Commands as they may arrive: in any order, doubled, late, from processes that were given up. */
const history = rules.chain((pool) =>
  fc.record({
    rules: fc.constant(pool),
    commands: fc.array(fc.oneof(...work(pool), ...stewardship(pool)), { maxLength: 100, size: 'max' }),
  }),
);

/** Evictions that ask nobody who uses the copy. */
const isAtOnce = (reason: EvictReason) => ['manual', 'verify-failed', 'clone-limit'].includes(reason);

/** The command as it is sent: about a generation that there was, and with an image-volume of its own. */
function aimed(
  command: ImageCacheCommand,
  { state, imageVolumeId }: Pick<CommandOf<'ClaimEntry'>, 'imageVolumeId'> & { readonly state: ImageCache },
): ImageCacheCommand {
  const known = (which: number) => generationOf(((which - 1) % Math.max(1, state.generations)) + 1);
  if (command.do === 'CompleteFill') {
    return { ...command, created: { ...command.created, generation: known(command.created.generation) } };
  }
  const own = 'imageVolumeId' in command ? { ...command, imageVolumeId } : command;
  if (own.do === 'EndPrefetch' || !('generation' in own)) return own;
  return { ...own, generation: known(own.generation) };
}

/** Runs a history; `look` sees every state and the events that led to it. */
function run(
  all: readonly ImageCacheCommand[],
  look: (state: ImageCache, events: readonly ImageCacheEvent[], before: ImageCache) => void = () => undefined,
): { state: ImageCache; events: ImageCacheEvent[] } {
  let state = emptyCache;
  const events: ImageCacheEvent[] = [];
  all.forEach((command, index) => {
    const own = aimed(command, { state, imageVolumeId: imageVolumeOf(index + 100) });
    const decision = imageCacheDecider.decide(own, state);
    if (isRefusal(decision)) return;
    const before = state;
    state = decision.reduce((at, event) => imageCacheDecider.evolve(at, event), state);
    events.push(...decision);
    look(state, decision, before);
  });
  return { state, events };
}

test('P1 · I.1 · I.28: one live fill, or one ready copy, per content at every moment', () => {
  fc.assert(
    fc.property(history, ({ commands: all }) => {
      run(all, (state) => {
        const live = [...state.entries.values()].filter((entry) => entry.status !== 'retired');
        expect(new Set(live.map((entry) => entry.content)).size).toBe(live.length);
      });
    }),
  );
});

test('P4 · I.41: nothing is evicted to make room while a create holds it, and no image-volume is reaped under a lease', () => {
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

test('P6 · I.6: the limits hold at every moment, filling entries included', () => {
  fc.assert(
    fc.property(history, ({ rules: { limits }, commands: all }) => {
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
      const { state } = run(all, (_, events, before) => {
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
    fc.property(history, ({ commands: all }) => {
      const { state } = run(all);
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
    fc.property(history, fc.nat(), ({ commands: all }, seed) => {
      const { events } = run(all);
      const shuffled = events.map((event, index) => events[(index * 7 + seed) % events.length] ?? event);
      const state = shuffled.reduce((at, event) => imageCacheDecider.evolve(at, event), emptyCache);
      expect(owedChores(state, () => false, { now: minutesLater(500), graceSeconds: 60 })).toEqual(expect.any(Array));
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
    fc.property(history, ({ commands: all }) => {
      run(all, (_, events, before) => {
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
    fc.property(history, ({ commands: all }) => {
      run(all, (_, events, before) => {
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
    fc.property(history, ({ rules: { cloneLimit }, commands: all }) => {
      fc.pre(cloneLimit > 0);
      run(all, (_, events, before) => {
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
    fc.property(history, ({ commands: all }) => {
      run(all, (after, events, before) => {
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
