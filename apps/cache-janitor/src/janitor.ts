import { categorySubject, durables, jetstream } from '@hearth/contracts';
import type { CommandEnvironment, LivenessBoard, NudgeQueue, SnapshotStore } from '@hearth/event-sourcing';
import type { Clock } from '@hearth/kernel';
import type { ConsumerSpec, Log } from '@hearth/platform';
import type { Config } from './config';
import { evictOverLimit } from './passes/evict-over-limit.pass';
import { reapRetired } from './passes/reap-retired.pass';
import { resumeStuck } from './passes/resume-stuck.pass';
import { Passes } from './passes/run-passes';
import { scrub } from './passes/scrub.pass';
import { openViews, type Views } from './views/views';

export interface JanitorOptions extends CommandEnvironment {
  readonly nudges: NudgeQueue;
  readonly liveness: Pick<LivenessBoard, 'hosts'>;
  readonly snapshots: SnapshotStore;
  readonly clock: Clock;
  readonly config: Pick<
    Config,
    | 'evictIntervalMs'
    | 'evictionsMax'
    | 'resumeIntervalMs'
    | 'resumeMax'
    | 'stuckAfterMs'
    | 'reapIntervalMs'
    | 'reapMax'
    | 'scrubPassIntervalMs'
    | 'scrubIntervalHours'
    | 'scrubMax'
  >;
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
  ) {}

  /** Opens the views; runs no pass yet. Throws `StoreUnavailableError`. */
  static async open(options: JanitorOptions): Promise<Janitor> {
    const { clock, config, log } = options;
    const nowMs = () => clock.now();
    const views = await openViews({ ...options, nowMs });
    const passes = [
      evictOverLimit({ ...options, views, intervalMs: config.evictIntervalMs, evictionsMax: config.evictionsMax }),
      resumeStuck({ ...options, views, nowMs, ...config, intervalMs: config.resumeIntervalMs }),
      reapRetired({ ...options, views, nowMs, intervalMs: config.reapIntervalMs, reapMax: config.reapMax }),
      scrub({
        ...options,
        views,
        nowMs,
        intervalMs: config.scrubPassIntervalMs,
        dueAfterMs: config.scrubIntervalHours * 3_600_000,
        scrubMax: config.scrubMax,
      }),
    ];
    return new Janitor(views, new Passes(passes, log));
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
    await this.passes.close();
    await this.views.close();
  }
}
