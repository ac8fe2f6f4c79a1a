import { categorySubject, durables, jetstream } from '@hearth/contracts';
import type { CommandEnvironment, LivenessBoard, NudgeQueue, SnapshotStore } from '@hearth/event-sourcing';
import type { Clock } from '@hearth/kernel';
import type { ConsumerSpec, Log } from '@hearth/platform';
import type { ImageCatalogue } from '@hearth/openstack-clients';
import type { PassConfig } from './config';
import type { HostReconciler } from './hosts/host-reconciler';
import { ImageWatch } from './images/image-watch';
import { ageAndVerify } from './passes/age-and-verify.pass';
import { evictOverLimit } from './passes/evict-over-limit.pass';
import { expirePrefetches } from './passes/expire-prefetches.pass';
import { prefetchPolicies } from './passes/prefetch-policies.pass';
import { reapRetired } from './passes/reap-retired.pass';
import { reconcile } from './passes/reconcile.pass';
import { resumeStuck } from './passes/resume-stuck.pass';
import type { Pass } from './passes/pass';
import { Passes } from './passes/run-passes';
import { scrub } from './passes/scrub.pass';
import { poolCaches, type WithPoolCache } from './pools/pool-caches';
import { openViews, type Views } from './views/views';

export interface JanitorOptions extends CommandEnvironment {
  readonly nudges: NudgeQueue;
  readonly liveness: Pick<LivenessBoard, 'hosts'>;
  readonly snapshots: SnapshotStore;
  readonly clock: Clock;
  readonly images: ImageCatalogue;
  readonly hosts: HostReconciler;
  readonly config: PassConfig;
  readonly log: Log;
}

/** New settings of a backend may put its pools over their limits: that is not left to the next interval. */
export const consumers: readonly ConsumerSpec[] = [
  {
    pattern: 'settings',
    stream: jetstream.facts.stream,
    durable: durables.janitorSettings,
    filterSubject: categorySubject('service'),
    decode: (bytes) => bytes,
  },
];

/** The passes over views of the log. Any number of janitors may run: what they do twice is harmless. */
export class Janitor {
  private constructor(
    private readonly views: Views,
    readonly passes: Passes,
    private readonly stopping: AbortController,
  ) {}

  /** Opens the views; runs no pass yet. Throws `StoreUnavailableError`. */
  static async open(options: JanitorOptions): Promise<Janitor> {
    const nowMs = () => options.clock.now();
    const stopping = new AbortController();
    const views = await openViews({ ...options, nowMs });
    const passes = passesOf({ ...options, views, nowMs, withCache: poolCaches(options), signal: stopping.signal });
    return new Janitor(views, new Passes(passes, options.log), stopping);
  }

  /** The settings of a backend have changed at a position of the log. */
  async onSettings(sequence: number): Promise<void> {
    await this.views.services.reached(sequence);
    await this.passes.runNow('evict-over-limit');
  }

  /** For the readiness check: throws when what the passes look at is old, or a pass failed. */
  check(): unknown {
    this.views.check();
    return this.passes.check();
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.passes.close();
    await this.views.close();
  }
}

interface PassTools extends JanitorOptions {
  readonly views: Views;
  readonly nowMs: () => number;
  readonly withCache: WithPoolCache;
  readonly signal: AbortSignal;
}

/** What runs, and at which interval; each is described where it is. */
function passesOf(tools: PassTools): readonly Pass[] {
  const { config } = tools;
  const { evictionsMax, imageLooksMax: looksMax, imageLookPauseMs: pauseMs } = config;
  return [
    evictOverLimit({ ...tools, intervalMs: config.evictIntervalMs, evictionsMax }),
    ageAndVerify({
      ...tools,
      images: new ImageWatch({ ...tools, looksMax, pauseMs }),
      intervalMs: config.ageIntervalMs,
      evictionsMax,
    }),
    prefetchPolicies({ ...tools, intervalMs: config.policiesIntervalMs, stepsMax: config.policyStepsMax }),
    expirePrefetches({ ...tools, ...config, intervalMs: config.expireIntervalMs }),
    reconcile({ ...tools, ...config, intervalMs: config.reconcileIntervalMs }),
    resumeStuck({ ...tools, ...config, intervalMs: config.resumeIntervalMs }),
    reapRetired({ ...tools, intervalMs: config.reapIntervalMs, reapMax: config.reapMax }),
    scrub({
      ...tools,
      intervalMs: config.scrubPassIntervalMs,
      dueAfterMs: config.scrubIntervalHours * 3_600_000,
      scrubMax: config.scrubMax,
    }),
  ];
}
