import type { Log } from '@hearth/platform';
import { type Authenticator, type Caller, rightsOf, type SentTokens } from './caller';

const tokenPattern = /^([\w.@-]{1,255}):([\w.@-]{1,255}):([\w,-]{1,255})$/;
const knownRoles = ['admin', 'member', 'reader', 'service'];

/**
 * Believes every token of the form `project:user:role[,role]`, also as X-Service-Token, where it says that a service speaks if the role
 * `service` is among them. Without one of the roles admin, member, reader, service nobody is let in.
 */
export class DevelopmentAuthenticator implements Authenticator {
  readonly identityUri = 'urn:hearth:development';

  async authenticate({ token, serviceToken }: SentTokens): Promise<Caller | undefined> {
    const user = readToken(token);
    const service = serviceToken === undefined ? undefined : readToken(serviceToken);
    if (!user || (serviceToken !== undefined && !service)) return undefined;
    const { projectId, userId, roles } = user;
    return { projectId, userId, ...rightsOf(roles), isService: service?.roles.includes('service') ?? false, token };
  }
}

function readToken(token: string) {
  const [, projectId, userId, roleList] = tokenPattern.exec(token) ?? [];
  if (!projectId || !userId || !roleList) return undefined;
  const roles = roleList.split(',');
  return roles.some((role) => knownRoles.includes(role)) ? { projectId, userId, roles } : undefined;
}

const hourMs = 3_600_000;

/** Says at start and every hour that nobody is asked for a password; returns what ends it. */
export function warnOfDevelopmentMode(log: Log): () => void {
  const warn = () =>
    log.warn(
      'HEARTH_AUTH_MODE=development: NOBODY IS ASKED FOR A PASSWORD. Whoever reaches this port is whoever the token says, ' +
        'an administrator too. Never offer it to a network that you do not trust.',
    );
  warn();
  const timer = setInterval(warn, hourMs);
  timer.unref();
  return () => clearInterval(timer);
}
