import type { Failure } from '@hearth/contracts';

/** An image could not be written, for a reason that a failure code names. Nothing was left behind. */
export class FillError extends Error {
  constructor(
    readonly failure: Failure,
    options?: ErrorOptions,
  ) {
    super(failure.detail ?? failure.reason, options);
    this.name = 'FillError';
  }
}
