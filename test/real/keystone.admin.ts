import { randomBytes } from 'node:crypto';
import {
  type ApplicationCredential,
  type IssuedToken,
  issueToken,
  type KeystoneCredentials,
  KeystoneRefusal,
} from './keystone.tokens';

export interface KeystoneProject {
  readonly id: string;
  readonly name: string;
}

export interface KeystoneUser {
  readonly id: string;
  readonly name: string;
  readonly password: string;
}

/** A service of the catalogue, under one URL for public, internal and administrators' use. */
export interface CatalogueEntry {
  readonly type: string;
  readonly name: string;
  /** May hold `%(project_id)s`. */
  readonly url: string;
}

/** What an administrator does with users and the catalogue. Everything is in the domain Default. */
export class KeystoneAdmin {
  private issued: Promise<IssuedToken> | undefined;
  private readonly roleIds = new Map<string, string>();

  constructor(
    private readonly authUrl: string,
    private readonly region: string,
    private readonly credentials: KeystoneCredentials,
  ) {}

  async createProject(name: string): Promise<KeystoneProject> {
    const { project } = await this.call<{ project: KeystoneProject }>('POST', '/projects', {
      project: { name, domain_id: 'default' },
    });
    return { id: project.id, name };
  }

  /** With a random password. */
  async createUser(name: string): Promise<KeystoneUser> {
    const password = randomBytes(12).toString('hex');
    const { user } = await this.call<{ user: { id: string } }>('POST', '/users', {
      user: { name, password, domain_id: 'default' },
    });
    return { id: user.id, name, password };
  }

  /** A role that nobody has used before is made: a bootstrap makes `admin`, `member` and `reader`. */
  async grant(user: { id: string }, project: { id: string }, role: string): Promise<void> {
    const roleId = await this.roleId(role);
    await this.call('PUT', `/projects/${project.id}/users/${user.id}/roles/${roleId}`);
  }

  async revokeRole(user: { id: string }, project: { id: string }, role: string): Promise<void> {
    const roleId = await this.roleId(role);
    await this.call('DELETE', `/projects/${project.id}/users/${user.id}/roles/${roleId}`);
  }

  /** Ends every token the user has, too. */
  async setEnabled(user: { id: string }, enabled: boolean): Promise<void> {
    await this.call('PATCH', `/users/${user.id}`, { user: { enabled } });
  }

  async revokeToken(token: string): Promise<void> {
    await this.call('DELETE', '/auth/tokens', undefined, { 'x-subject-token': token });
  }

  /** Made with the user's own password, since nobody else may: it bears the roles that the user has in the project. */
  async createApplicationCredential(of: KeystoneCredentials, name: string): Promise<ApplicationCredential> {
    const { token, userId } = await issueToken(this.authUrl, of);
    const { application_credential: made } = await this.call<{
      application_credential: { id: string; secret: string };
    }>(
      ...(['POST', `/users/${userId}/application_credentials`] as const),
      { application_credential: { name } },
      { 'x-auth-token': token },
    );
    return { applicationCredentialId: made.id, applicationCredentialSecret: made.secret };
  }

  async register({ type, name, url }: CatalogueEntry): Promise<void> {
    const { service } = await this.call<{ service: { id: string } }>('POST', '/services', { service: { type, name } });
    for (const iface of ['public', 'internal', 'admin']) {
      const endpoint = { service_id: service.id, interface: iface, url, region_id: this.region };
      await this.call('POST', '/endpoints', { endpoint });
    }
  }

  /** Any request below `/v3`, by the administrator unless `headers` bear another token. An answer without a body is undefined. */
  async call<T>(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<T> {
    const response = await fetch(`${this.authUrl}${path}`, {
      method,
      headers: { 'x-auth-token': await this.token(), 'content-type': 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new KeystoneRefusal(response.status, text, `${method} /v3${path}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  private async token(): Promise<string> {
    this.issued ??= issueToken(this.authUrl, this.credentials);
    return (await this.issued).token;
  }

  private async roleId(name: string): Promise<string> {
    const known = this.roleIds.get(name);
    if (known !== undefined) return known;
    const { roles } = await this.call<{ roles: { id: string }[] }>('GET', `/roles?name=${encodeURIComponent(name)}`);
    const id =
      roles[0]?.id ?? (await this.call<{ role: { id: string } }>('POST', '/roles', { role: { name } })).role.id;
    this.roleIds.set(name, id);
    return id;
  }
}
