import { StoreUnavailableError } from '@hearth/event-sourcing';
import { setTimeout as delay } from 'node:timers/promises';

const delaysMs = [100, 250, 500, 1_000, 2_000, 5_000];

/**
 * Submits again and again while the log is away: for the outcome of work that took minutes and would have to be done anew.
 * Ends with the last error when `signal` is aborted.
 */
export async function untilStored<Result>(signal: AbortSignal, submit: () => Promise<Result>): Promise<Result> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await submit();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || signal.aborted) throw error;
      const delayMs = delaysMs[Math.min(attempt, delaysMs.length - 1)]!;
      await delay(delayMs, undefined, { signal }).catch(() => Promise.reject(error));
    }
  }
}
