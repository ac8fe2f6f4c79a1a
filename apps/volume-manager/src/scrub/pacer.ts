import { setTimeout as delay } from 'node:timers/promises';

/** Time, as work that is slowed down on purpose needs it. */
export interface PaceClock {
  /** Milliseconds since some moment; it never goes back. */
  nowMs(): number;
  /** Rejects when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: PaceClock = {
  nowMs: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
};

/** Keeps reading below so many bytes a second. Time in which nothing was read is not saved up. */
export class Pacer {
  private freeAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly bytesPerSecond: number,
    private readonly clock: PaceClock,
  ) {}

  /** So many bytes were read: resolves when the next may be. The time that reading them took counts. */
  async passed(bytes: number, signal: AbortSignal): Promise<void> {
    const costMs = (bytes * 1_000) / this.bytesPerSecond;
    const nowMs = this.clock.nowMs();
    this.freeAtMs = Math.max(this.freeAtMs, nowMs - costMs) + costMs;
    const waitMs = this.freeAtMs - nowMs;
    if (waitMs > 0) await this.clock.sleep(waitMs, signal);
  }
}
