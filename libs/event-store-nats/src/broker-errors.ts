import { StoreUnavailableError } from '@hearth/event-sourcing';
import { ErrorCode, NatsError } from 'nats';

/** JetStream's own error codes that mean something to us. */
export const apiCodes = { wrongLastSequence: 10071, streamNotFound: 10059, messageNotFound: 10037 } as const;

/** JetStream's error code of a refused request; undefined for other errors. */
export function apiCodeOf(error: unknown): number | undefined {
  return error instanceof NatsError ? error.api_error?.err_code : undefined;
}

/** True where permissions keep the user from asking. */
export function isDenied(error: unknown): boolean {
  return error instanceof NatsError && error.code === (ErrorCode.PermissionsViolation as string);
}

/** True for the answer "no such message", as a direct read and as the leader spell it. */
export function isMessageNotFound(error: unknown): boolean {
  if (!(error instanceof NatsError)) return false;
  return error.api_error ? error.api_error.err_code === apiCodes.messageNotFound : error.code === '404';
}

/** Any failure of an exchange with the broker as a `StoreUnavailableError` that says what was tried and what to look at. */
export function unavailable(what: string, error: unknown): StoreUnavailableError {
  if (error instanceof StoreUnavailableError) return error;
  return new StoreUnavailableError(`${what}: ${reasonOf(error)}`, { cause: error });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof NatsError)) return error instanceof Error ? error.message : String(error);
  if (error.api_error) return `JetStream refused: ${error.api_error.description} (${error.api_error.err_code})`;
  switch (error.code) {
    case ErrorCode.Timeout:
      return 'NATS did not answer in time';
    case ErrorCode.NoResponders:
      return 'nobody answers on the subject; the stream does not exist or JetStream is not available';
    case ErrorCode.ConnectionClosed:
    case ErrorCode.ConnectionDraining:
      return 'the connection to NATS is closed';
    default:
      return `${error.message} (${error.code})`;
  }
}
