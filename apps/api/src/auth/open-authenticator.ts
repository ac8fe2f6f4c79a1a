import { type KeystoneClient, TokenValidator } from '@hearth/openstack-clients';
import { type Log, metrics } from '@hearth/platform';
import type { Config } from '../config';
import type { Authenticator } from './caller';
import { DevelopmentAuthenticator, warnOfDevelopmentMode } from './development.authenticator';
import { KeystoneAuthenticator } from './keystone.authenticator';

export interface OpenAuthenticator {
  readonly authenticator: Authenticator;
  /** Ends what was begun for it. */
  close(): void;
}

/** How callers are known, by HEARTH_AUTH_MODE. */
export function openAuthenticator(config: Config, keystone: KeystoneClient | undefined, log: Log): OpenAuthenticator {
  if (config.authMode === 'development') {
    return { authenticator: new DevelopmentAuthenticator(), close: warnOfDevelopmentMode(log) };
  }
  const { keystoneUrl } = config;
  if (!keystone || keystoneUrl === undefined) throw new Error('no Keystone is configured to know callers by');
  // Asked for before the first caller needs it, and so that wrong credentials are seen at once.
  keystone.token().catch((error: unknown) => {
    log.warn('Keystone gives no token to us; callers whom nobody knows yet are answered with 503', { error });
  });
  const outcomes = metrics.counter('hearth_token_validations_total', 'Tokens of callers, by how they were answered');
  const tokens = new TokenValidator(keystone, {
    windowMs: config.tokenCacheSeconds * 1_000,
    entriesMax: config.tokenCacheEntriesMax,
    observe: (outcome) => outcomes.add(1, { outcome }),
  });
  const authenticator = new KeystoneAuthenticator(tokens, {
    identityUri: config.wwwAuthenticateUri ?? keystoneUrl,
    adminRoles: config.adminRoles,
    serviceRoles: config.serviceRoles,
  });
  return { authenticator, close: () => undefined };
}
