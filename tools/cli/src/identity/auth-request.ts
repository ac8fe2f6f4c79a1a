import { CliError } from '../cli.error';
import type { CloudSettings } from './cloud-settings';

/** How somebody proves who they are; the plugins of keystoneauth that are known here. */
export type AuthKind = 'password' | 'token' | 'application-credential' | 'admin-token';

const kinds: Readonly<Record<string, AuthKind>> = {
  ...{ password: 'password', v3password: 'password', token: 'token', v3token: 'token' },
  ...{ v3applicationcredential: 'application-credential', admin_token: 'admin-token', token_endpoint: 'admin-token' },
};

/** The kind that is named, else the one that the settings are of. Throws `CliError` for a kind that is not known. */
export function authKindOf(settings: CloudSettings): AuthKind {
  const { auth_type: named } = settings;
  if (named !== undefined) {
    const kind = Object.hasOwn(kinds, named) ? kinds[named] : undefined;
    if (kind) return kind;
    throw new CliError(`auth_type '${named}' is not known here: ${Object.keys(kinds).join(', ')}`, 2);
  }
  if (settings['application_credential_secret'] !== undefined) return 'application-credential';
  if (settings['token'] !== undefined) return settings['auth_url'] === undefined ? 'admin-token' : 'token';
  return 'password';
}

/** The value of a setting. Throws `CliError` that says where it is looked for. */
export function wanted(settings: CloudSettings, name: string): string {
  const value = settings[name];
  if (value !== undefined) return value;
  throw new CliError(`${name} is not set: OS_${name.toUpperCase()}, or in clouds.yaml`, 2);
}

/** The body of `POST /v3/auth/tokens`. It holds the secret: never shown. Throws `CliError` for what is missing. */
export function authRequest(settings: CloudSettings, kind: Exclude<AuthKind, 'admin-token'>): object {
  if (kind === 'application-credential') {
    return { auth: { identity: { methods: ['application_credential'], application_credential: proof(settings) } } };
  }
  const identity =
    kind === 'token'
      ? { methods: ['token'], token: { id: wanted(settings, 'token') } }
      : {
          methods: ['password'],
          password: { user: { ...userOf(settings), password: wanted(settings, 'password') } },
        };
  const scope = scopeOf(settings);
  return { auth: { identity, ...(scope && { scope }) } };
}

function proof(settings: CloudSettings): object {
  const secret = wanted(settings, 'application_credential_secret');
  const { application_credential_id: id, application_credential_name: name } = settings;
  if (id !== undefined) return { id, secret };
  if (name === undefined) wanted(settings, 'application_credential_id');
  return { name, secret, user: userOf(settings) };
}

function userOf(settings: CloudSettings): object {
  const { user_id: id } = settings;
  return id === undefined ? { name: wanted(settings, 'username'), domain: domainOf(settings, 'user') } : { id };
}

function scopeOf(settings: CloudSettings): object | undefined {
  const { project_id: id, project_name: name, system_scope: system } = settings;
  if (system !== undefined) return { system: { [system]: true } };
  if (id !== undefined) return { project: { id } };
  return name === undefined ? undefined : { project: { name, domain: domainOf(settings, 'project') } };
}

/** Names are unique in a domain; `default` is the id of the one that every Keystone has. */
function domainOf(settings: CloudSettings, whose: 'user' | 'project'): object {
  const id = settings[`${whose}_domain_id`] ?? settings['domain_id'];
  if (id !== undefined) return { id };
  const name = settings[`${whose}_domain_name`] ?? settings['domain_name'];
  return name === undefined ? { id: settings['default_domain'] ?? 'default' } : { name };
}
