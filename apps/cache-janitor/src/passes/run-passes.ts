import { inSpan } from '@hearth/event-sourcing';
import { type Log, metrics } from '@hearth/platform';
import type { Pass, PassStatus } from './pass';

/** The outcome of a pass's last run. */
export interface LastRun {
  readonly status: PassStatus | undefined;
  /** Why it failed; undefined when it did not. */
  readonly error: string | undefined;
}

/** There is no such pass. */
export class UnknownPassError extends Error {
  constructor(name: string, known: readonly string[]) {
    super(`there is no pass '${name}'; the passes are ${known.join(', ')}`);
    this.name = 'UnknownPassError';
  }
}

/** Runs passes at their intervals and on demand, each never twice at a time in this process. */
export class Passes {
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly running = new Map<string, Promise<PassStatus>>();
  private readonly lastRuns = new Map<string, LastRun>();
  private readonly runs = metrics.counter(
    'hearth_janitor_runs_total',
    'Runs of passes, by pass and outcome: done, failed.',
  );
  private readonly done = metrics.counter('hearth_janitor_done_total', 'What passes have done, by pass.');
  private readonly left = metrics.gauge('hearth_janitor_left', 'What the last run of a pass had to leave, by pass.');
  private readonly seconds = metrics.histogram('hearth_janitor_run_duration_seconds', 'Time of one run of a pass.');

  constructor(
    private readonly passes: readonly Pass[],
    private readonly log: Log,
  ) {}

  get names(): readonly string[] {
    return this.passes.map(({ name }) => name);
  }

  /** Begins to run every pass, the first time at once. */
  start(): void {
    for (const { name, intervalMs } of this.passes) {
      const turn = () => void this.run(name).catch(() => undefined);
      this.timers.push(setInterval(turn, intervalMs));
      turn();
    }
  }

  /** Runs a pass now, or after the run that is under way, which may not have seen why it was asked for. Throws `UnknownPassError`. */
  async runNow(name: string): Promise<PassStatus> {
    await this.running.get(name)?.catch(() => undefined);
    return this.run(name);
  }

  /** What came of the last runs; for the readiness check, which throws the first failure. */
  check(): Readonly<Record<string, PassStatus | undefined>> {
    for (const [name, { error }] of this.lastRuns) if (error !== undefined) throw new Error(`${name}: ${error}`);
    return Object.fromEntries([...this.lastRuns].map(([name, { status }]) => [name, status]));
  }

  /** Begins no further run, and waits for those under way. */
  async close(): Promise<void> {
    for (const timer of this.timers.splice(0)) clearInterval(timer);
    await Promise.allSettled(this.running.values());
  }

  private run(name: string): Promise<PassStatus> {
    const pass = this.passes.find((one) => one.name === name);
    if (!pass) return Promise.reject(new UnknownPassError(name, this.names));
    const under = this.running.get(name);
    if (under) return under;
    const run = this.carryOut(pass).finally(() => this.running.delete(name));
    this.running.set(name, run);
    return run;
  }

  private async carryOut(pass: Pass): Promise<PassStatus> {
    const { name } = pass;
    const startMs = performance.now();
    try {
      const status = await inSpan(`janitor.${name}`, {}, () => pass.run());
      this.lastRuns.set(name, { status, error: undefined });
      this.runs.add(1, { pass: name, outcome: 'done' });
      this.done.add(status.done, { pass: name });
      this.left.record(status.left, { pass: name });
      this.log[status.done > 0 ? 'info' : 'debug']('a pass has run', { pass: name, ...status });
      return status;
    } catch (error) {
      this.lastRuns.set(name, { status: undefined, error: error instanceof Error ? error.message : String(error) });
      this.runs.add(1, { pass: name, outcome: 'failed' });
      this.log.warn('a pass failed; it runs again at its time', { pass: name, error });
      throw error;
    } finally {
      this.seconds.record((performance.now() - startMs) / 1_000, { pass: name });
    }
  }
}
