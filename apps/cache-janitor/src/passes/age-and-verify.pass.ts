import { effectiveCacheSettings } from '@hearth/contracts';
import { type ImageCache, type ImageCacheCommand, liveEntriesOf, planPrune, type PruneRule } from '@hearth/domain';
import type { LivenessBoard } from '@hearth/event-sourcing';
import type { ImageLook } from '@hearth/openstack-clients';
import type { Log } from '@hearth/platform';
import { CredibleLooks } from '../images/credible-looks';
import type { ImageWatch } from '../images/image-watch';
import { imagesIn, staleEntries, stateOf } from '../images/image-state';
import type { WithPoolCache } from '../pools/pool-caches';
import { nowAt, type PoolRules, rulesOfPools } from '../pools/pool-rules';
import type { Views } from '../views/views';
import type { Pass, PassStatus } from './pass';

export interface AgeAndVerifyOptions {
  readonly views: Pick<Views, 'caches' | 'services' | 'check'>;
  readonly liveness: Pick<LivenessBoard, 'hosts'>;
  readonly images: Pick<ImageWatch, 'round'>;
  readonly withCache: WithPoolCache;
  readonly now: () => string;
  readonly intervalMs: number;
  /** Entries retired in each pool in one run. */
  readonly evictionsMax: number;
  readonly log: Log;
}

/**
 * Ages entries and holds them against their images, as `_age_and_verify_cached_images` of Nova's image cache manager does:
 *
 * - an image that is deactivated, deleted or out of sight: its entries serve nobody at once, and again when it is active again; when it is
 *   deleted or out of sight for longer than the grace period they go (`image-deleted`)
 * - another content under the id: entries of what it was before go (`stale`, or `superseded` where several contents are kept); an edit of
 *   the record is none
 * - the time to live since the last use (`ttl`), the minimum ages of those that no volume depends on (`unused`), a cache that is switched
 *   off and drained (`drained`)
 *
 * What is pinned, in use or newer than its minimum age stays, as `planPrune` has it. While the image service is away no image is held to be
 * gone, nor when it knows none of several (`CredibleLooks`); where clocks differ, the one that is behind counts (`nowAt`). Bytes are
 * looked at by the hosts (`scrub`).
 */
export function ageAndVerify(options: AgeAndVerifyOptions): Pass {
  const credible = new CredibleLooks(options.log);
  return {
    name: 'age-and-verify',
    intervalMs: options.intervalMs,
    async run(): Promise<PassStatus> {
      const { views, liveness, images, withCache } = options;
      views.check();
      const rules = new Map([...rulesOfPools(views.services.entries())].map((one) => [one.pool, one] as const));
      const round = await images.round(
        new Set([...views.caches.entries()].flatMap(([, cache]) => [...imagesIn(cache)])),
      );
      const known = [...views.caches.entries()].map(([, cache]) => cache);
      const { looks, left } = credible.of(round.looks, known);
      const live = await liveness.hosts();
      const sum = { examined: 0, owed: 0, done: 0, left: round.left + left };
      for (const [pool, cache] of views.caches.entries()) {
        sum.examined += cache.usage.count;
        const now = nowAt(pool, live, options.now());
        const work = owedIn(cache, { rules: rules.get(pool), looks, now });
        if (work.steps.length + work.prunable === 0) continue;
        sum.owed += work.steps.length + work.prunable;
        await withCache(pool, async ({ ask }) => {
          let evictions = 0;
          for (const step of work.steps) {
            if (step.do === 'RetireEntry' && evictions >= options.evictionsMax) continue;
            const isDone = (await ask(step)).length > 0;
            if (step.do === 'RetireEntry' && isDone) evictions += 1;
            sum.done += isDone ? 1 : 0;
          }
          if (!work.rule) return;
          const evictionsMax = Math.max(0, options.evictionsMax - evictions);
          sum.done += (await ask({ do: 'Prune', rule: work.rule, evictionsMax, at: now })).length;
        });
      }
      return { ...sum, left: sum.left + Math.max(0, sum.owed - sum.done) };
    },
  };
}

interface Known {
  /** Undefined of a pool whose host has never said anything: only its images are looked at. */
  readonly rules: PoolRules | undefined;
  readonly looks: ReadonlyMap<string, ImageLook>;
  readonly now: string;
}

interface Work {
  readonly steps: readonly ImageCacheCommand[];
  readonly rule: PruneRule | undefined;
  /** Entries that the rule would take as things are, before those steps. */
  readonly prunable: number;
}

/** What a pool's cache owes to its images and to time. */
function owedIn(cache: ImageCache, { rules, looks, now }: Known): Work {
  const settings = rules && effectiveCacheSettings(rules.settings);
  const keep = settings?.keepGenerations ?? 1;
  const steps = [...imagesIn(cache)].flatMap((imageId) => {
    const look = looks.get(imageId);
    return look === undefined ? [] : stepsOf(cache, imageId, { look, keep, now });
  });
  if (!settings) return { steps, rule: undefined, prunable: 0 };
  const { ttlSeconds, removeUnused, minimumAgeSeconds, resizedMinimumAgeSeconds, graceSeconds } = settings;
  const ages = { ttlSeconds, removeUnused, minimumAgeSeconds, resizedMinimumAgeSeconds, graceSeconds };
  const rule = { kind: 'ageing', keepGenerations: keep, ...ages } as const;
  // Those that a step retires, or whose image is there again, are not left to the rule.
  const retired = new Set(steps.flatMap((step) => (step.do === 'RetireEntry' ? [step.generation] : [])));
  const resumed = new Set(steps.flatMap((step) => (step.do === 'ResumeImage' ? [step.imageId] : [])));
  let prunable = 0;
  for (const { entry } of planPrune(cache, rule, now)) {
    if (!retired.has(entry.generation) && !resumed.has(entry.imageId)) prunable += 1;
  }
  return { steps, rule, prunable };
}

function stepsOf(
  cache: ImageCache,
  imageId: string,
  { look, keep, now: at }: { readonly look: ImageLook; readonly keep: number; readonly now: string },
): readonly ImageCacheCommand[] {
  const state = stateOf(look);
  const entries = liveEntriesOf(cache, imageId);
  if (state === 'undecided') return [];
  if (state !== 'usable') {
    const isSo = entries.every(({ suspended }) => suspended?.cause === state);
    return isSo ? [] : [{ do: 'SuspendImage', imageId, cause: state, at }];
  }
  const resume: ImageCacheCommand[] = entries.some(({ suspended }) => suspended)
    ? [{ do: 'ResumeImage', imageId, at }]
    : [];
  if (typeof look === 'string') return resume;
  const reason = keep === 1 ? 'stale' : 'superseded';
  const stale = staleEntries(cache, look.identity, keep);
  return [
    ...resume,
    ...stale.map(({ generation }) => ({ do: 'RetireEntry', generation, reason, ifIdle: true, at }) as const),
  ];
}
