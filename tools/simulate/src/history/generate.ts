import { evictionPolicies } from '@hearth/contracts';
import { Random } from '@hearth/image-format/testing';
import type { ImageSizes, NewImage } from '../world/image-service';
import { type QuotaLimits, unlimited } from '../world/internal-quota';
import { type Action, type Deed, type History, type Setup, lastButOne, newest } from './history';

/** Small, so that everything happens often. */
const familiesMax = 4;
const actionsMax = 24;

/** A history: the same for the same seed. */
export function generateHistory(seed: number): History {
  const random = new Random(seed);
  const setup = setupOf(random);
  const count = 3 + random.below(actionsMax - 2);
  const kinds = kindsOf(random);
  return { setup, actions: Array.from({ length: count }, () => actionsOf(random, kinds)).flat() };
}

function setupOf(random: Random): Setup {
  const hosts = Array.from({ length: random.pick([1, 1, 2]) }, () => ({
    backends: Array.from({ length: random.pick([1, 1, 2]) }, () => ({
      cloneLimit: random.pick([0, 0, 0, 1, 3]),
      refusesRemoval: random.oneIn(4),
      declaresLimit: random.oneIn(3),
      sharesFiles: random.oneIn(3),
    })),
    options: optionsOf(random),
  }));
  const images = Array.from({ length: 1 + random.below(familiesMax) }, () => newImageOf(random));
  const quota = random.oneIn(8) ? { quota: quotaOf(random) } : {};
  return { hosts, images, janitors: random.pick([1, 1, 2]), ...quota };
}

function quotaOf(random: Random): QuotaLimits {
  return { volumes: random.pick([null, 0, 1, 3]), gigabytes: random.pick([null, null, 2, 5]) };
}

function sizesOf(random: Random): ImageSizes {
  const virtualGib = 1 + random.below(3);
  return { virtualGib, headerGib: random.oneIn(8) ? 1 + random.below(4) : virtualGib };
}

function newImageOf(random: Random): NewImage {
  return { ...sizesOf(random), isBeside: random.oneIn(3), isCopy: random.oneIn(4) };
}

/** Of a backend, under the names of its configuration. */
function optionsOf(random: Random): Readonly<Record<string, unknown>> {
  return {
    image_volume_cache_enabled: !random.oneIn(12),
    image_volume_cache_max_size_gb: random.pick([0, 0, 2, 3, 5]),
    image_volume_cache_max_count: random.pick([0, 0, 1, 2]),
    image_volume_cache_max_percent: random.pick([0, 0, 0, 0.2, 0.45]),
    image_volume_cache_policy: random.pick(evictionPolicies),
    ...(random.oneIn(4) && {
      image_volume_cache_watermark_start_percent: 80,
      image_volume_cache_watermark_stop_percent: random.pick([50, 80]),
    }),
    image_volume_cache_ttl_seconds: random.pick([0, 0, 0, 3_600]),
    image_volume_cache_keep_generations: random.pick([1, 1, 2]),
    image_volume_cache_project_share_percent: random.pick([0, 0, 0, 50]),
    image_volume_cache_admission: random.oneIn(6) ? 'second-request' : 'at-once',
    image_volume_cache_clone_limit: random.pick([0, 0, 0, 1, 2]),
    image_volume_cache_grace_seconds: random.pick([0, 3_600]),
    remove_unused_base_images: random.oneIn(5),
    image_hashes_trusted: random.oneIn(2),
  };
}

type Maker = (random: Random) => Deed;
const poolOf = (random: Random) => random.below(4);
const entryOf = (random: Random) => random.below(6);
const imageIn = (random: Random) => random.below(8);
const driverCodes = ['failed', 'full', 'busy', 'unavailable', 'not-found', 'clone-limit'] as const;

/** How often, and what. */
const deeds: readonly (readonly [number, Maker])[] = [
  [
    40,
    (random) => ({
      do: 'create',
      image: random.oneIn(10) ? null : random.below(familiesMax),
      sizeGib: random.pick([3, 3, 3, 4, 1]),
      count: random.pick([1, 1, 1, 2, 4]),
    }),
  ],
  [14, (random) => ({ do: 'delete', volume: random.below(30), force: random.oneIn(3) })],
  [3, (random) => ({ do: 'new-version', family: random.below(familiesMax), ...newImageOf(random), isCopy: true })],
  [5, (random) => ({ do: 'new-version', family: random.below(familiesMax), ...newImageOf(random) })],
  [
    7,
    (random) => ({
      do: 'turn-image',
      image: imageIn(random),
      to: random.pick(['deactivated', 'deactivated', 'active', 'hidden', 'deleted'] as const),
    }),
  ],
  [2, (random) => ({ do: 'edit-image', image: imageIn(random) })],
  [3, (random) => ({ do: 'change-image', image: imageIn(random), ...sizesOf(random) })],
  [2, (random) => ({ do: 'tamper', image: imageIn(random), how: random.pick(['changed', 'removed']) })],
  [2, (random) => ({ do: 'looks-fail', count: 1 + random.below(5) })],
  [2, (random) => ({ do: 'set-quota', limits: random.oneIn(3) ? unlimited : quotaOf(random) })],
  [3, (random) => ({ do: 'pin', pool: poolOf(random), image: imageIn(random) })],
  [2, (random) => ({ do: 'unpin', pool: poolOf(random), image: imageIn(random) })],
  [2, (random) => ({ do: 'switch-off', pool: poolOf(random), ready: random.pick(['drain', 'stay']) })],
  [3, (random) => ({ do: 'switch-on', pool: poolOf(random) })],
  [
    5,
    (random) => ({
      do: 'prefetch',
      pool: poolOf(random),
      image: imageIn(random),
      pin: random.oneIn(3),
      deadlineSeconds: random.pick([null, 60, 7_200]),
    }),
  ],
  [2, (random) => ({ do: 'cancel-prefetch', pool: poolOf(random), prefetch: random.below(4) })],
  [3, (random) => ({ do: 'evict', pool: poolOf(random), entry: entryOf(random) })],
  [8, (random) => ({ do: 'kill', host: random.below(2), downTurns: random.below(60) })],
  [3, (random) => ({ do: 'restart', host: random.below(2), options: optionsOf(random) })],
  [2, (random) => ({ do: 'boot-beside', host: random.below(2), turns: random.below(40) })],
  [
    6,
    (random) => ({
      do: 'driver-fails',
      pool: poolOf(random),
      call: random.pick(['clone', 'clone', 'openWriter', 'createBlank', 'remove', 'describe']),
      codes: Array.from({ length: 1 + random.below(3) }, () => random.pick(driverCodes)),
    }),
  ],
  [
    3,
    (random) => ({
      do: 'driver-hangs',
      pool: poolOf(random),
      call: random.pick(['clone', 'openWriter', 'remove']),
      turns: random.below(100),
    }),
  ],
  [
    4,
    (random) => ({
      do: 'image-fails',
      codes: Array.from({ length: 1 + random.below(4) }, () =>
        random.pick([
          'image.download_failed',
          'image.download_failed',
          'image.connection_failed',
          'image.hash_mismatch',
          'image.unacceptable',
        ] as const),
      ),
    }),
  ],
  [4, (random) => ({ do: 'image-hangs', turns: random.below(100) })],
  [
    5,
    (random) => ({
      do: 'log-fails',
      troubles: Array.from({ length: 1 + random.below(3) }, () => random.pick(['unavailable', 'lost-answer'] as const)),
    }),
  ],
  [
    3,
    (random) => ({
      do: 'nudge',
      host: random.below(2),
      volume: random.oneIn(2) ? random.below(30) : null,
      pool: poolOf(random),
    }),
  ],
  [2, (random) => ({ do: 'corrupt', pool: poolOf(random), entry: entryOf(random) })],
  [1, (random) => ({ do: 'grow', pool: poolOf(random), entry: entryOf(random) })],
  [1, (random) => ({ do: 'lose', pool: poolOf(random), entry: entryOf(random) })],
  [
    2,
    (random) => ({
      do: 'policy',
      family: random.below(familiesMax),
      keep: random.pick([1, 2]),
      pin: random.oneIn(2),
      pools: random.pick(['all', poolOf(random)] as const),
    }),
  ],
  [1, (random) => ({ do: 'remove-policy', policy: random.below(3) })],
  [
    2,
    (random) => ({
      do: 'plant',
      pool: poolOf(random),
      what: random.pick(['remains', 'remains', 'foreign'] as const),
      pick: random.below(20),
    }),
  ],
  [6, (random) => ({ do: 'pass', pick: random.below(16) })],
  [4, (random) => ({ do: 'wait', ms: random.pick([2_000, 120_000, 7_200_000, 8 * 86_400_000]) })],
  [1, () => ({ do: 'look' })],
];

type Kinds = readonly (readonly [number, Maker])[];

/** Of all that may happen, a history leaves out a part, so that the rest meets more of its kind. The first, a create, is in all. */
function kindsOf(random: Random): Kinds {
  const left = random.pick([1, 2, 3]);
  return deeds.filter((_, at) => at === 0 || random.below(3) < left);
}

function actionsOf(random: Random, kinds: Kinds): readonly Action[] {
  let left = random.below(kinds.reduce((sum, [weight]) => sum + weight, 0));
  const [, make] = kinds.find(([weight]) => (left -= weight) < 0)!;
  const deed = make(random);
  const later = random.oneIn(2) ? undefined : undoingOf(deed, random);
  const scene =
    deed.do === 'new-version' && deed.isCopy
      ? copied(deed, random)
      : [deed, ...(later ? [...meanwhileOf(deed, random), later] : [])];
  // One after the other, or all at once.
  const isCalm = scene.length > 1 && random.oneIn(2);
  return scene.map((one) => ({ ...one, then: isCalm ? 'rest' : turnsOf(random) }));
}

/** An image that is cached gets a twin of equal bytes, and that is pinned or used, or the first goes; then others want room. */
function copied(twin: Extract<Deed, { do: 'new-version' }>, random: Random): readonly Deed[] {
  const create = (family: number): Deed => ({ do: 'create', image: family % familiesMax, sizeGib: 3, count: 1 });
  const { family } = twin;
  const pin: Deed = { do: 'pin', pool: poolOf(random), image: newest };
  const middle = random.pick<readonly Deed[]>([
    [pin],
    [pin, create(family)],
    [
      { do: 'turn-image', image: lastButOne, to: random.pick(['hidden', 'deactivated', 'deleted']) },
      { do: 'pass', pick: ageAndVerify },
      create(family),
    ],
  ]);
  const first: Deed = { do: 'new-version', family, ...sizesOf(random) };
  return [first, create(family), twin, ...middle, create(family + 1), create(family + 2)];
}

/** The pass that looks at images. */
const ageAndVerify = 1;

/** A create in between; before it, where that takes a pass, somebody learns of it. */
function meanwhileOf(deed: Deed, random: Random): readonly Deed[] {
  const create: Deed = { do: 'create', image: random.below(familiesMax), sizeGib: 3, count: 1 + random.below(2) };
  if (deed.do !== 'turn-image') return [create];
  return random.oneIn(2) ? [create, { do: 'pass', pick: ageAndVerify }] : [{ do: 'pass', pick: ageAndVerify }, create];
}

const turnsOf = (random: Random) => (random.oneIn(6) ? 'rest' : random.below(random.pick([1, 20, 120])));

/** What takes it back: two that meet by chance alone are rare. */
function undoingOf(deed: Deed, random: Random): Deed | undefined {
  switch (deed.do) {
    case 'log-fails':
      return { do: 'delete', volume: newest, force: true };
    case 'pin':
      return { ...deed, do: 'unpin' };
    case 'switch-off':
      return { do: 'switch-on', pool: deed.pool };
    case 'turn-image':
      return deed.to === 'deleted' ? undefined : { ...deed, to: 'active' };
    case 'prefetch':
      return random.oneIn(2) ? { do: 'cancel-prefetch', pool: deed.pool, prefetch: 0 } : undefined;
    case 'policy':
      return { do: 'remove-policy', policy: 0 };
    case 'set-quota':
      return { do: 'set-quota', limits: unlimited };
    default:
      return undefined;
  }
}
