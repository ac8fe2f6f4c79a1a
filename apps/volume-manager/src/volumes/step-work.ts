import type { Failure } from '@hearth/contracts';
import { askBackend } from '../host/ask-backend';
import type { Host } from '../host/host';
import type { Pool } from '../pools/pool';
import { driverFailure } from './driver-failure';
import type { KnownVolume } from './known-volume';

/** What a step works with. */
export interface StepWork {
  readonly host: Host;
  readonly pool: Pool;
  readonly volume: KnownVolume;
  /** Aborted when the process is asked to end. */
  readonly signal: AbortSignal;
}

export type Done<Result> = { readonly result: Result } | { readonly failure: Failure };

/**
 * Asks the backend for something, again while that may help; what it says in the end is told. Throws when the process is ending, or what
 * went wrong tells nothing about the backend.
 *
 * @param doing what was to be done, as in "the backend failed to …"
 */
export async function attempt<Result>(
  { host, pool, volume, signal }: StepWork,
  doing: string,
  ask: () => Promise<Result>,
): Promise<Done<Result>> {
  try {
    return { result: await askBackend(host.retryWaitsMs, signal, ask) };
  } catch (error) {
    signal.throwIfAborted();
    host.log.error('a backend could not do what a volume is owed', {
      volumeId: volume.id,
      pool: pool.ref,
      doing,
      error,
    });
    return { failure: driverFailure(error, doing) };
  }
}

/** What a driver has no capability for. */
export function unsupported(doing: string, why?: string): { readonly failure: Failure } {
  const reason = `The backend of the volume cannot ${doing}${why === undefined ? '' : ` ${why}`}.`;
  return { failure: { code: 'backend.unsupported', reason } };
}
