import type { Log } from '@hearth/platform';
import type { Authenticator, Caller } from './caller';

const tokenPattern = /^([\w.@-]{1,255}):([\w.@-]{1,255}):([\w,-]{1,255})$/;
const knownRoles = ['admin', 'member', 'reader'];

/** Believes every token of the form `project:user:role[,role]`. Without one of the roles admin, member, reader nobody is let in. */
export class DevelopmentAuthenticator implements Authenticator {
  readonly identityUri = 'urn:hearth:development';

  async authenticate(token: string): Promise<Caller | undefined> {
    const [, projectId, userId, roleList] = tokenPattern.exec(token) ?? [];
    if (!projectId || !userId || !roleList) return undefined;
    const roles = roleList.split(',');
    if (!roles.some((role) => knownRoles.includes(role))) return undefined;
    const isAdmin = roles.includes('admin');
    return { projectId, userId, isAdmin, mayWrite: isAdmin || roles.includes('member'), token };
  }
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
