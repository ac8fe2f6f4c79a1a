import { type ImageCacheEvent, evictionPolicies, suspensionCauses } from '@hearth/contracts';
import { type ProjectId, isRefusal } from '@hearth/kernel';
import fc from 'fast-check';
import type { CacheLimits } from '../eviction/limits';
import type { CommandOf, ImageCacheCommand } from '../image-cache/image-cache.commands';
import { imageCacheDecider } from '../image-cache/image-cache.decide';
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
} from '../image-cache/image-cache.examples';
import { type ImageCache, emptyCache } from '../image-cache/image-cache.state';
import type { PruneRule } from '../image-cache/steward.commands';

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
export const anyCacheHistory = rules.chain((pool) =>
  fc.record({
    rules: fc.constant(pool),
    commands: fc.array(fc.oneof(...work(pool), ...stewardship(pool)), { maxLength: 100, size: 'max' }),
  }),
);

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

/** Carries out a history, refusals left out; `look` sees every state and the events that led to it. */
export function playCache(
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
