import {
  type CachePolicy,
  cachePolicyDecider,
  decodeImageCache,
  decodeVolume,
  encodeImageCache,
  encodeVolume,
  type ImageCache,
  imageCacheDecider,
  imageCacheFingerprint,
  nextStep,
  type Service,
  serviceDecider,
  type Volume,
} from '@hearth/domain';
import { type CategoryView, type EventStore, openCategoryView, type SnapshotStore } from '@hearth/event-sourcing';
import type { Log } from '@hearth/platform';
import { RecentPrefetches, recentPrefetchesFingerprint } from '../policies/recent-prefetches';
import { lightVolumes, LastWords, lightVolumeFingerprint } from './light-volumes';

/** What the passes look at: folds of the log, kept up to date. */
export interface Views {
  /** Volumes that are owed a step; their requests are lightened. */
  readonly volumes: CategoryView<'volume', Volume>;
  readonly lastWords: LastWords;
  /** The caches of all pools, by `host@backend#pool`. */
  readonly caches: CategoryView<'image-cache', ImageCache>;
  /** Policies of what the caches hold, by id; removed ones are not there. */
  readonly policies: CategoryView<'cache-policy', CachePolicy>;
  readonly recentPrefetches: RecentPrefetches;
  /** Backends, by `host@backend`. */
  readonly services: CategoryView<'service', Service>;
  /** Throws when a view has stopped: a pass must not act on what is old. */
  check(): void;
  close(): Promise<void>;
}

export interface ViewOptions {
  readonly store: EventStore;
  readonly snapshots: SnapshotStore;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** Of volumes, milliseconds: they change by the hundred a second, and a pass that finds one stuck looks at what was minutes ago. */
const volumesGatherMs = 100;

/** Opens the views and waits until they hold all that the log says. Throws `StoreUnavailableError`. */
export async function openViews({ store, snapshots, nowMs, log }: ViewOptions): Promise<Views> {
  let trouble: Error | undefined;
  const onError = (error: unknown) => log.warn('following the log met with trouble', { error });
  const lastWords = new LastWords(nowMs);
  const owesStep = (volume: Volume) => nextStep(volume).do !== 'nothing';
  const volumes = await openCategoryView({
    store,
    category: 'volume',
    decider: lightVolumes,
    keep: owesStep,
    gatherMs: volumesGatherMs,
    onCommit: (commit, volume) => lastWords.heard(commit, owesStep(volume)),
    snapshots: {
      name: 'cache-janitor',
      store: snapshots,
      fingerprint: lightVolumeFingerprint,
      encode: encodeVolume,
      decode: decodeVolume,
    },
    onError,
  });
  const recentPrefetches = new RecentPrefetches();
  const caches = await openCategoryView({
    store,
    category: 'image-cache',
    decider: imageCacheDecider,
    onCommit: ({ stream, events }) => recentPrefetches.heard(stream.id, events),
    snapshots: {
      name: 'cache-janitor',
      store: snapshots,
      fingerprint: `${imageCacheFingerprint}+${recentPrefetchesFingerprint}`,
      encode: encodeImageCache,
      decode: decodeImageCache,
      beside: recentPrefetches,
    },
    onError,
  });
  const services = await openCategoryView({
    store,
    category: 'service',
    decider: serviceDecider,
    onError,
  });
  const policies = await openCategoryView({
    store,
    category: 'cache-policy',
    decider: cachePolicyDecider,
    keep: ({ status }) => status === 'defined',
    onError,
  });
  const all = [volumes, caches, services, policies];
  // A view rejects whoever waits for it when it has stopped: what nobody can reach tells nothing else.
  for (const view of all) {
    view.reached(Number.MAX_SAFE_INTEGER).catch((error: Error) => (trouble = error));
  }
  await Promise.all(all.map((view) => view.caughtUp()));
  return {
    volumes,
    lastWords,
    caches,
    policies,
    recentPrefetches,
    services,
    check: () => {
      if (trouble) throw trouble;
    },
    close: async () => void (await Promise.allSettled(all.map((view) => view.close()))),
  };
}
