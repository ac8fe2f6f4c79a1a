import type { EventStore } from '@hearth/event-sourcing';
import { type Log, metrics } from '@hearth/platform';
import { type AppliedBatch, ProjectionPosition, type ReadModelOptions, runProjector } from '@hearth/read-model';

export interface ProjectionOptions {
  readonly store: EventStore;
  readonly database: ReadModelOptions;
  readonly log: Log;
}

/** A projection that has not moved for so long, with commits waiting, makes the process not ready. */
const stuckAfterMs = 10_000;
/** How long it may take to look what the rows do not have. */
const lookMs = 2_000;

const applied = metrics.counter('hearth_projection_commits_total', 'Commits written into the read model');
const writes = metrics.histogram('hearth_projection_write_seconds', 'Time to fold and write one batch of commits');
const lag = metrics.histogram('hearth_projection_lag_seconds', 'From the decision of a commit to its rows');

/** The read model kept in step with the log by this process, or followed while another replica does it. */
export class Projection {
  readonly position = new ProjectionPosition();
  private readonly stopped = new AbortController();
  private done: Promise<void> = Promise.resolve();
  private active = false;
  private seen = { sequence: 0, atMs: 0 };
  /** Where the log ended when this was first asked; undefined once the rows have got there. */
  private toReach: number | undefined = Number.POSITIVE_INFINITY;

  constructor(private readonly options: ProjectionOptions) {}

  start(): void {
    const { store, database, log } = this.options;
    metrics.observe('hearth_projection_sequence', 'Position in the log that the rows have reached', (gauge) =>
      gauge.observe(this.position.sequence),
    );
    this.done = runProjector({
      store,
      database,
      position: this.position,
      signal: this.stopped.signal,
      onActive: (sequence) => {
        this.active = true;
        log.info('this process keeps the read model', { sequence });
      },
      onApplied: (batch) => observe(batch),
      onFailure: (error, retryInMs) => {
        this.active = false;
        log.warn('the read model cannot follow the log just now', { error, retryInMs });
      },
    });
    // The projector tries again by itself; what gets out of it is a mistake of ours.
    this.done.catch((error) => log.fatal('the projector ended', { error }));
  }

  /**
   * For health: throws until the rows have once reached what was in the log before, and later when commits wait and nothing moves. Rows
   * that are folded anew, after an upgrade for instance, miss volumes and know of no usage: nobody is to be answered from them.
   */
  async check(): Promise<{ readonly active: boolean; readonly sequence: number; readonly behind: number }> {
    const last = await this.options.store.lastSequence();
    const { sequence } = this.position;
    if (this.toReach !== undefined) {
      this.toReach = Math.min(this.toReach, last);
      if (sequence < this.toReach && (await this.commitsWait()))
        throw new Error(`the read model stands at ${sequence} of ${last}: it is being brought up to date`);
      this.toReach = undefined;
    }
    const now = performance.now();
    if (sequence !== this.seen.sequence || sequence >= last) this.seen = { sequence, atMs: now };
    const behind = Math.max(0, last - sequence);
    const stuckMs = Math.round(now - this.seen.atMs);
    if (behind > 0 && stuckMs > stuckAfterMs && (await this.commitsWait())) {
      throw new Error(`the read model stands at ${sequence} of ${last} and has not moved for ${stuckMs} ms`);
    }
    return { active: this.active, sequence, behind };
  }

  /** Whether what lies behind the rows is for them: a message that is no commit, which the broker may have stored there, has no row. */
  private async commitsWait(): Promise<boolean> {
    const { store } = this.options;
    const from = { afterSequence: this.position.sequence, signal: AbortSignal.timeout(lookMs) };
    for await (const { commits, caughtUp } of store.follow(from))
      if (commits.length > 0 || caughtUp) return commits.length > 0;
    return true;
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.done;
  }
}

function observe({ commits, durationMs, recordedAt }: AppliedBatch): void {
  applied.add(commits);
  writes.record(durationMs / 1_000);
  lag.record(Math.max(0, Date.now() - Date.parse(recordedAt)) / 1_000);
}
