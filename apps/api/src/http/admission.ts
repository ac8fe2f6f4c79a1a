// The one place where a request is let in: who sent it, which microversion it speaks, whether its URL is the caller's. Every
// path below /v3 goes through here, whether or not there is a route for it.
import { badRequest, forbidden, negotiateMinor } from '@hearth/cinder-v3';
import type { Authenticator, Caller } from '../auth/caller';
import type { CallContext, RequestContext } from './request-context';

/** No token, or one that nobody knows. */
export class UnauthenticatedError extends Error {
  constructor(readonly identityUri: string) {
    super('The request you have made requires authentication.');
    this.name = 'UnauthenticatedError';
  }
}

export interface Admitting {
  readonly method: string;
  readonly token: string | undefined;
  readonly versionHeader: string | undefined;
  /** The project that the URL names. */
  readonly project: string | undefined;
}

/** The paths of the versioned API; all others are open. */
export const needsCaller = (path: string) => path === '/v3' || path.startsWith('/v3/');

/** Throws `UnauthenticatedError`, or a fault of 400, 403 or 406. */
export async function admit(
  request: Admitting,
  context: RequestContext,
  authenticator: Authenticator,
): Promise<CallContext> {
  const { method, token, versionHeader, project } = request;
  const caller = token ? await authenticator.authenticate(token) : undefined;
  if (!caller) throw new UnauthenticatedError(authenticator.identityUri);
  const minor = negotiateMinor(versionHeader);
  if (project !== undefined && project !== caller.projectId && !caller.isAdmin) {
    throw badRequest('Malformed request url');
  }
  if (isWrite(method) && !caller.mayWrite) throw forbidden(`${method} by a reader`);
  return { ...context, caller, minor, projectId: project ?? caller.projectId };
}

const isWrite = (method: string) => !['GET', 'HEAD', 'OPTIONS'].includes(method);

/** Throws a fault of 403 unless the caller is an administrator. */
export function administratorsOnly({ isAdmin }: Caller, action: string): void {
  if (!isAdmin) throw forbidden(action);
}
