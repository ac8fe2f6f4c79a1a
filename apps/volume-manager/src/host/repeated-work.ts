import type { Log } from '@hearth/platform';

/** Work that is done again and again: each kind never twice at a time, and none waits for another. */
export class RepeatedWork {
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly running = new Map<string, Promise<void>>();

  constructor(private readonly log: Log) {}

  /** Does it at every interval. What it throws is logged as `complaint`: the next turn tries again. */
  every(intervalMs: number, complaint: string, work: () => Promise<void>): void {
    this.timers.push(setInterval(() => this.inBackground(complaint, complaint, work), intervalMs));
  }

  /** Does it once, unless work under that key still runs. */
  inBackground(key: string, complaint: string, work: () => Promise<void>): void {
    if (this.running.has(key)) return;
    const running = work()
      .catch((error: unknown) => this.log.warn(complaint, { work: key, error }))
      .finally(() => this.running.delete(key));
    this.running.set(key, running);
  }

  /** Begins nothing more and waits for what runs. */
  async close(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    while (this.running.size > 0) await Promise.allSettled(this.running.values());
  }
}
