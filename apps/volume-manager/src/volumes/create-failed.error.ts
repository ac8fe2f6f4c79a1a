import type { CreateDecision, Failure } from '@hearth/contracts';

/** What of a decision is known when a create fails. */
export type FailedDecision = Pick<CreateDecision, 'outcome' | 'strategy' | 'reason' | 'entry'>;

/** A create ends here, on this pool; whether another pool is tried is the volume's own decision. */
export class CreateFailedError extends Error {
  constructor(
    readonly failure: Failure,
    readonly decision: FailedDecision,
    options?: ErrorOptions,
  ) {
    super(failure.detail ?? failure.reason, options);
    this.name = 'CreateFailedError';
  }
}
