import type { EndpointInterface } from './catalogue';
import { KeystoneClient } from './keystone.client';
import type { ServiceCredentials } from './service-credentials';

/** What an app's configuration says of Keystone, most of it left out: an application credential, by id or by name, or a password. */
export interface IdentitySettings {
  readonly keystoneUrl?: string;
  readonly keystoneRegion?: string;
  readonly keystoneInterface: EndpointInterface;
  readonly keystoneTimeoutMs: number;
  readonly keystoneApplicationCredentialId?: string;
  readonly keystoneApplicationCredentialName?: string;
  readonly keystoneApplicationCredentialSecret?: string;
  readonly keystoneUsername?: string;
  readonly keystoneUserDomainName: string;
  readonly keystonePassword?: string;
  readonly keystoneProjectName?: string;
  readonly keystoneProjectDomainName: string;
}

/** A field that has to be there, or must not be, beside the others. */
export interface IdentityProblem {
  readonly field: keyof IdentitySettings;
  readonly problem: string;
}

/** What of the settings does not fit together; nothing where Keystone is not spoken of at all. */
export function identityProblems(settings: IdentitySettings): readonly IdentityProblem[] {
  const read = readSettings(settings);
  return Array.isArray(read) ? read : [];
}

/** Keystone as the settings have it; undefined where they name none. Throws where `identityProblems` finds any. */
export function openKeystone(settings: IdentitySettings): KeystoneClient | undefined {
  const read = readSettings(settings);
  if (read === undefined) return undefined;
  if ('url' in read) {
    const { keystoneRegion: region, keystoneInterface, keystoneTimeoutMs: timeoutMs } = settings;
    return new KeystoneClient({ ...read, region, interface: keystoneInterface, timeoutMs });
  }
  throw new Error(read.map(({ field, problem }) => `${field} ${problem}`).join('; '));
}

type Read = { readonly url: string; readonly credentials: ServiceCredentials } | readonly IdentityProblem[] | undefined;

function readSettings(settings: IdentitySettings): Read {
  const credentials = readCredentials(settings);
  const { keystoneUrl: url } = settings;
  if (credentials === undefined) {
    if (url === undefined) return undefined;
    return problem('keystoneApplicationCredentialId', 'is not set, nor is a password: one of them is needed');
  }
  if (!('kind' in credentials)) return credentials;
  return url === undefined
    ? problem('keystoneUrl', 'is not set, and is where the credentials are for')
    : { url, credentials };
}

function readCredentials(settings: IdentitySettings): ServiceCredentials | readonly IdentityProblem[] | undefined {
  const { keystonePassword: password, keystoneApplicationCredentialSecret: secret } = settings;
  if (password !== undefined && secret !== undefined) {
    return problem('keystonePassword', 'is given, and the secret of an application credential too: keep one of them');
  }
  if (password !== undefined) return byPassword(settings, password);
  return secret === undefined ? withoutSecret(settings) : byApplicationCredential(settings, secret);
}

function byPassword(settings: IdentitySettings, password: string): ServiceCredentials | readonly IdentityProblem[] {
  const user = userOf(settings);
  const { keystoneProjectName: name, keystoneProjectDomainName: domainName } = settings;
  if (!user) return problem('keystoneUsername', 'is not set, and belongs to the password');
  if (name === undefined) return problem('keystoneProjectName', 'is not set, and belongs to the password');
  return { kind: 'password', user, password, project: { name, domainName } };
}

function byApplicationCredential(
  settings: IdentitySettings,
  secret: string,
): ServiceCredentials | readonly IdentityProblem[] {
  const { keystoneApplicationCredentialId: id, keystoneApplicationCredentialName: name } = settings;
  if (id !== undefined) return { kind: 'application-credential', id, secret };
  if (name === undefined) {
    return problem('keystoneApplicationCredentialId', 'is not set, nor is the name: the secret belongs to one of them');
  }
  const user = userOf(settings);
  if (!user) return problem('keystoneUsername', 'is not set: names of application credentials are unique for a user');
  return { kind: 'application-credential-name', name, user, secret };
}

function withoutSecret(settings: IdentitySettings): readonly IdentityProblem[] | undefined {
  const { keystoneApplicationCredentialId: id, keystoneApplicationCredentialName: name } = settings;
  if (id !== undefined || name !== undefined) {
    return problem('keystoneApplicationCredentialSecret', 'is not set, and belongs to the application credential');
  }
  if (settings.keystoneUsername === undefined && settings.keystoneProjectName === undefined) return undefined;
  return problem('keystonePassword', 'is not set, and belongs to the user and the project');
}

function userOf({ keystoneUsername: name, keystoneUserDomainName: domainName }: IdentitySettings) {
  return name === undefined ? undefined : { name, domainName };
}

const problem = (field: keyof IdentitySettings, text: string): IdentityProblem[] => [{ field, problem: text }];
