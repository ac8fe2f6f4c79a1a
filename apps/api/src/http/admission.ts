// The one place where a request is let in: who sent it, which microversion it speaks, whether its URL is the caller's. Every
// path below /v3 goes through here, whether or not there is a route for it.
import { badRequest } from '@hearth/cinder-v3';
import type { Authenticator, Caller } from '../auth/caller';

/** No token, or one that nobody knows. */
export class UnauthenticatedError extends Error {
  constructor(readonly identityUri: string) {
    super('The request you have made requires authentication.');
    this.name = 'UnauthenticatedError';
  }
}

/** The paths of the versioned API; all others are open. */
export const needsCaller = (path: string) => path === '/v3' || path.startsWith('/v3/');

/** The parts of a request that say who sent it. */
export interface BearingRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Who sent the request, by its X-Auth-Token and X-Service-Token. Throws `UnauthenticatedError`, `KeystoneError`. */
export async function authenticated(
  { method, headers }: BearingRequest,
  path: string,
  authenticator: Authenticator,
): Promise<Caller> {
  const token = tokenOf(headers['x-auth-token']);
  const serviceToken = tokenOf(headers['x-service-token']);
  const caller = token && (await authenticator.authenticate({ token, serviceToken, method, path }));
  if (!caller) throw new UnauthenticatedError(authenticator.identityUri);
  return caller;
}

/** Undefined for a header that is not there or empty. */
function tokenOf(header: string | readonly string[] | undefined): string | undefined {
  return (typeof header === 'string' ? header : header?.[0])?.trim() || undefined;
}

/** What Keystone's ids of projects look like: they become parts of URLs, of subjects and of rows. */
const projectPattern = /^[\w.@-]{1,255}$/;

/** The project that a request is about: the URL's, which must be the caller's own, or an administrator's choice. Throws a fault of 400. */
export function admittedProject(caller: Caller, project: string | undefined): string {
  if (project === undefined || project === caller.projectId) return caller.projectId;
  if (caller.isAdmin && projectPattern.test(project)) return project;
  throw badRequest('Malformed request url');
}
