import { CliError } from '../cli.error';
import { type Sender, reasonOf } from '../api/sender';
import { authRequest, type AuthKind, wanted } from './auth-request';
import type { CloudSettings } from './cloud-settings';

interface Endpoint {
  readonly interface?: unknown;
  readonly region?: unknown;
  readonly region_id?: unknown;
  readonly url?: unknown;
}

/** A token, and where services are. */
export interface KeystoneSession {
  readonly token: string;
  /** The URL of the first of these types that the catalogue has, for the settings' region and interface. */
  endpoint(...types: readonly string[]): string | undefined;
}

/** Signs in. Throws `CliError`: 4 where Keystone refuses, 5 where it is away. */
export async function signIn(
  settings: CloudSettings,
  kind: Exclude<AuthKind, 'admin-token'>,
  send: Sender,
): Promise<KeystoneSession> {
  const url = tokensUrl(wanted(settings, 'auth_url'));
  const body = authRequest(settings, kind);
  const answer = await ask(url, body, send);
  const token = answer.headers.get('x-subject-token');
  if (answer.status === 401 || answer.status === 403) {
    throw new CliError(`Keystone at ${url.origin} refuses the credentials (HTTP ${answer.status})`, 4);
  }
  if (answer.status !== 201 || !token) {
    throw new CliError(`${url.origin} does not answer as Keystone does (HTTP ${answer.status})`, 5);
  }
  const catalogue = catalogueOf(answer.body);
  return { token, endpoint: (...types) => endpointOf(catalogue, types, settings) };
}

function tokensUrl(authUrl: string): URL {
  const base = authUrl.replace(/\/+$/, '').replace(/\/v[23](\.\d+)?$/, '');
  if (!URL.canParse(base) || !/^https?:/.test(base)) throw new CliError(`auth_url '${authUrl}' is no http URL`, 2);
  return new URL(`${base}/v3/auth/tokens`);
}

async function ask(url: URL, body: object, send: Sender) {
  try {
    return await send(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(body),
    });
  } catch (error) {
    throw new CliError(`cannot reach Keystone at ${url.origin}: ${reasonOf(error)}`, 5, { cause: error });
  }
}

interface Service {
  readonly type?: unknown;
  readonly endpoints?: unknown;
}

function catalogueOf(text: string): readonly Service[] {
  try {
    const { token } = JSON.parse(text) as { token?: { catalog?: unknown } };
    return Array.isArray(token?.catalog) ? (token.catalog as Service[]) : [];
  } catch {
    return [];
  }
}

function endpointOf(
  catalogue: readonly Service[],
  types: readonly string[],
  { interface: named = 'public', region_name: region }: CloudSettings,
): string | undefined {
  const kind = named.replace(/URL$/, '');
  for (const type of types) {
    const all = catalogue
      .filter((service) => service.type === type)
      .flatMap(({ endpoints }) => (Array.isArray(endpoints) ? (endpoints as Endpoint[]) : []));
    const found = all.find(
      (one) => one.interface === kind && (region === undefined || one.region === region || one.region_id === region),
    );
    if (typeof found?.url === 'string') return found.url;
  }
  return undefined;
}
