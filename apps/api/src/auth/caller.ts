/** Who sent a request. */
export interface Caller {
  readonly projectId: string;
  readonly userId: string;
  /** The roles of the token in its project, in lower case; roles that others imply are among them. */
  readonly roles: readonly string[];
  /** May see and do everything, in every project. */
  readonly isAdmin: boolean;
  /** False: may only read. */
  readonly mayWrite: boolean;
  /** A service speaks for the caller: a valid token with one of the service roles came with the request. */
  readonly isService: boolean;
  /** As it was sent: the image service is asked with the caller's own rights. Never logged, never stored. */
  readonly token: string;
}

/** What a request says of who sent it, and what it asks for: some tokens are good for some requests only. */
export interface SentTokens {
  /** X-Auth-Token. */
  readonly token: string;
  /** X-Service-Token, where a service sent one beside the token of whom it works for. */
  readonly serviceToken?: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
}

/** Knows a caller by the tokens. Adapters: Keystone and the development mode. */
export interface Authenticator {
  /** Undefined where a token says nothing. Throws `KeystoneError` where it cannot be told now. */
  authenticate(sent: SentTokens): Promise<Caller | undefined>;
  /** Where a client gets a token; named by the answer to one that has none. */
  readonly identityUri: string;
}

/** The rights that follow from roles, as Cinder's `context_is_admin` and Keystone's secure defaults have them. */
export function rightsOf(
  roles: readonly string[],
  adminRoles: readonly string[] = ['admin'],
): Pick<Caller, 'roles' | 'isAdmin' | 'mayWrite'> {
  const isAdmin = roles.some((role) => adminRoles.includes(role));
  return { roles, isAdmin, mayWrite: isAdmin || roles.includes('member') };
}
