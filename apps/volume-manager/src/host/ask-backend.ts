import { DriverError } from '@hearth/driver-api';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks a backend again while it is busy or away, after each of the waits, in milliseconds; then its last answer stands. Throws the signal's
 * reason once it is aborted.
 */
export async function askBackend<Result>(
  waitsMs: readonly number[],
  signal: AbortSignal,
  ask: () => Promise<Result>,
): Promise<Result> {
  for (const waitMs of waitsMs) {
    try {
      return await ask();
    } catch (error) {
      if (!isPassing(error)) throw error;
      signal.throwIfAborted();
      await delay(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
  return ask();
}

function isPassing(error: unknown): boolean {
  return error instanceof DriverError && (error.code === 'busy' || error.code === 'unavailable');
}
