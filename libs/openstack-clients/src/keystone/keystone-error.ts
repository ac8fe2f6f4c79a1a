/**
 * - `away`: Keystone does not answer, in time or at all, or with a server's error
 * - `refused`: Keystone does not know Hearth's own credentials, or does not let them do what was asked
 * - `no-endpoint`: the catalogue does not have the service, in the region and for the interface that are asked for
 * - `nonsense`: the answer is not what Keystone says
 */
export type KeystoneProblem = 'away' | 'refused' | 'no-endpoint' | 'nonsense';

/** Why Keystone could not be asked. That somebody's token is not valid is an answer, and no error. */
export class KeystoneError extends Error {
  constructor(
    readonly problem: KeystoneProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'KeystoneError';
  }
}
