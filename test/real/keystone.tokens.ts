/** A user of the domain Default who acts in a project of it. */
export interface PasswordCredentials {
  readonly userName: string;
  readonly password: string;
  readonly projectName: string;
}

export interface ApplicationCredential {
  readonly applicationCredentialId: string;
  readonly applicationCredentialSecret: string;
}

export type KeystoneCredentials = PasswordCredentials | ApplicationCredential;

/** Refused by Keystone: what was asked, the status, and the body (which bears the reason). */
export class KeystoneRefusal extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
    asked: string,
  ) {
    super(`Keystone answered ${status} to ${asked}: ${body}`);
    this.name = 'KeystoneRefusal';
  }
}

/** The token itself, and what Keystone says of it. */
export interface IssuedToken {
  readonly token: string;
  readonly userId: string;
  readonly projectId: string;
  /** An ISO time. */
  readonly expiresAt: string;
}

/** Asks the Keystone at `authUrl` (with `/v3`) for a token. */
export async function issueToken(authUrl: string, credentials: KeystoneCredentials): Promise<IssuedToken> {
  const response = await fetch(`${authUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: requestOf(credentials) }),
    signal: AbortSignal.timeout(30_000),
  });
  const body = await response.text();
  const token = response.headers.get('x-subject-token');
  if (!response.ok || token === null) throw new KeystoneRefusal(response.status, body, 'POST /v3/auth/tokens');
  const said = (JSON.parse(body) as { token: { user: { id: string }; project: { id: string }; expires_at: string } })
    .token;
  return { token, userId: said.user.id, projectId: said.project.id, expiresAt: said.expires_at };
}

const defaultDomain = { id: 'default' };

function requestOf(credentials: KeystoneCredentials): object {
  if ('applicationCredentialId' in credentials) {
    const { applicationCredentialId: id, applicationCredentialSecret: secret } = credentials;
    return { identity: { methods: ['application_credential'], application_credential: { id, secret } } };
  }
  const { userName: name, password, projectName } = credentials;
  return {
    identity: { methods: ['password'], password: { user: { name, password, domain: defaultDomain } } },
    scope: { project: { name: projectName, domain: defaultDomain } },
  };
}

/** What an `openrc` file of the user would set for the stock client and SDK. */
export function openrc(
  { authUrl, region }: { authUrl: string; region: string },
  credentials: KeystoneCredentials,
): Record<string, string> {
  const common = {
    ...{ OS_AUTH_URL: authUrl, OS_IDENTITY_API_VERSION: '3', OS_REGION_NAME: region, OS_INTERFACE: 'public' },
  };
  if ('applicationCredentialId' in credentials) {
    return {
      ...common,
      OS_AUTH_TYPE: 'v3applicationcredential',
      OS_APPLICATION_CREDENTIAL_ID: credentials.applicationCredentialId,
      OS_APPLICATION_CREDENTIAL_SECRET: credentials.applicationCredentialSecret,
    };
  }
  return {
    ...common,
    OS_USERNAME: credentials.userName,
    OS_PASSWORD: credentials.password,
    OS_PROJECT_NAME: credentials.projectName,
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
  };
}
