export interface CertificateOptions {
  readonly signal?: AbortSignal;
}

/** Where certificates that images are signed with are kept. */
export interface KeyManager {
  /**
   * The X.509 certificate of an id (a uuid, in any case), as PEM. Whether it is valid today, and whom it belongs to, is not
   * looked at. Throws `KeyManagerError`, or the signal's reason.
   */
  certificate(uuid: string, options?: CertificateOptions): Promise<string>;
}

/**
 * - `not-found`: nothing is kept under this id
 * - `forbidden`: something is, and it may not be read
 * - `away`: the key manager does not answer, in time or at all, or its folder is not there
 * - `nonsense`: what is kept is not what was asked for, or the answer is not what a key manager says
 */
export type KeyManagerProblem = 'not-found' | 'forbidden' | 'away' | 'nonsense';

export class KeyManagerError extends Error {
  constructor(
    readonly problem: KeyManagerProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'KeyManagerError';
  }
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isKeyId(text: string): boolean {
  return uuidPattern.test(text);
}

/** The id in lower case, fit for a path. Nothing can be kept under what is no uuid: it is `not-found`. */
export function certificateId(text: string): string {
  if (isKeyId(text)) return text.toLowerCase();
  throw new KeyManagerError('not-found', `${JSON.stringify(text.slice(0, 64))} is no uuid: no certificate has it`);
}
