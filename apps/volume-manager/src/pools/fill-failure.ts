import type { Failure } from '@hearth/contracts';
import { DriverError } from '@hearth/driver-api';
import { StoreUnavailableError } from '@hearth/event-sourcing';
import type { PoolRef } from '@hearth/kernel';
import { FillError } from '../fill/write-image';
import { driverFailure } from '../volumes/driver-failure';

/** The image turned out too large for the cache it was meant for. */
class NotAdmittedError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.reason);
    this.name = 'NotAdmittedError';
  }
}

export function notAdmitted(pool: PoolRef, sizeGib: number): Error {
  const reason = `The image needs ${sizeGib} GiB, which the cache of ${pool} has no room for.`;
  return new NotAdmittedError({ code: 'cache.not_admitted', reason });
}

/**
 * What an error of writing an image means. Throws it again when it tells nothing about the image: the process is ending, or
 * the log is away; then the work is done anew. Anything that nobody foresaw is a failure too, or the create would never end.
 */
export function fillFailure(error: unknown, signal: AbortSignal): Failure {
  if (error instanceof NotAdmittedError) return error.failure;
  if (signal.aborted || error instanceof StoreUnavailableError) throw error;
  if (error instanceof FillError) return error.failure;
  if (error instanceof DriverError) return driverFailure(error, 'write the image');
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: 'image.copy_failed', reason: 'The image could not be copied.', detail };
}
