/**
 * - `not-found`: the object (or the clone's source) is not there
 * - `exists`: an object of that name is there and is another one
 * - `full`: the backend has no room; `missingBytes` says how much was lacking where that is known
 * - `busy`: the object is in use or the backend asks to come back later; a retry may help
 * - `has-dependants`: other objects still need this one
 * - `clone-limit`: the source can bear no further clone
 * - `unavailable`: the backend cannot be reached
 * - `misconfigured`: the configuration cannot work here
 * - `failed`: anything else
 */
export type DriverErrorCode =
  | 'not-found'
  | 'exists'
  | 'full'
  | 'busy'
  | 'has-dependants'
  | 'clone-limit'
  | 'unavailable'
  | 'misconfigured'
  | 'failed';

/** The one error that a driver throws: a code to act on, the object it is about, and the cause for the operator. */
export class DriverError extends Error {
  readonly object: string | undefined;
  readonly missingBytes: number | undefined;

  constructor(
    readonly code: DriverErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly object?: string; readonly missingBytes?: number } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'DriverError';
    this.object = options.object;
    this.missingBytes = options.missingBytes;
  }
}
