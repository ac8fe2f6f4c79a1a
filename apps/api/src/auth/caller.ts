/** Who sent a request. */
export interface Caller {
  readonly projectId: string;
  readonly userId: string;
  /** May see and do everything, in every project. */
  readonly isAdmin: boolean;
  /** False: may only read. */
  readonly mayWrite: boolean;
  /** As it was sent: the image service is asked with the caller's own rights. Never logged, never stored. */
  readonly token: string;
}

/** Knows a caller by a token; undefined for a token that says nothing. Adapters: the development mode. */
export interface Authenticator {
  authenticate(token: string): Promise<Caller | undefined>;
  /** Where a client gets a token; named by the answer to one that has none. */
  readonly identityUri: string;
}
