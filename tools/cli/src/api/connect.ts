import { CliError } from '../cli.error';
import type { CliDefaults } from '../config';
import { authKindOf, wanted } from '../identity/auth-request';
import { type CloudSettings, cloudSettings } from '../identity/cloud-settings';
import { signIn } from '../identity/keystone-session';
import { httpSender, type Sender } from './sender';

/** Where the api is, and as whom it is asked. */
export interface Connection {
  /** Without `/v3` and without a slash at its end. */
  readonly url: string;
  readonly token: string;
  /** The image service, where the settings or the catalogue name it. */
  readonly imageUrl: string | undefined;
  readonly send: Sender;
}

/** What the command line says. */
export interface ConnectOptions {
  readonly url?: string;
  readonly token?: string;
  readonly osCloud?: string;
}

const onThisMachine = 'http://127.0.0.1:8776';
const volumeTypes = ['block-storage', 'volumev3', 'volume'];

/**
 * A token that is given (`--token`, else `HEARTH_TOKEN`) counts unless a cloud is named on the command line; else the settings of the
 * cloud or of `OS_*` do. An URL that is given counts always. Throws `CliError`.
 */
export async function connect(defaults: CliDefaults, { url, token, osCloud }: ConnectOptions): Promise<Connection> {
  const given = token ?? (osCloud === undefined ? defaults.token : undefined);
  const place = url ?? (osCloud === undefined ? defaults.url : undefined);
  if (given !== undefined) {
    const settings = await settingsBeside(defaults, osCloud);
    const endpoint = place ?? overrideOf(settings) ?? settings['endpoint'] ?? onThisMachine;
    const imageUrl = settings['image_endpoint_override'];
    return { url: apiBase(endpoint), token: given, imageUrl, send: senderOf(settings) };
  }
  const settings = await cloudSettings(defaults, osCloud);
  const send = senderOf(settings);
  const imageUrl = settings['image_endpoint_override'];
  if (!knowsSomebody(settings)) throw new CliError(nobody, 2);
  const kind = authKindOf(settings);
  if (kind === 'admin-token') {
    const endpoint = place ?? settings['endpoint'] ?? overrideOf(settings) ?? wanted(settings, 'endpoint');
    return { url: apiBase(endpoint), token: wanted(settings, 'token'), imageUrl, send };
  }
  const session = await signIn(settings, kind, send);
  const endpoint = place ?? overrideOf(settings) ?? session.endpoint(...volumeTypes);
  if (endpoint === undefined) throw new CliError(noEndpoint(settings), 2);
  return { url: apiBase(endpoint), token: session.token, imageUrl: imageUrl ?? session.endpoint('image'), send };
}

/** Beside a token a cloud of the environment is not needed: what is right of it may help, what is wrong does not matter. */
async function settingsBeside(defaults: CliDefaults, osCloud: string | undefined): Promise<CloudSettings> {
  try {
    return await cloudSettings(defaults, osCloud);
  } catch (error) {
    if (osCloud === undefined) return {};
    throw error;
  }
}

const nobody =
  'nobody to ask as: set HEARTH_TOKEN or give --token (in development: project:user:role), or set OS_CLOUD or OS_AUTH_URL';

const knowsSomebody = (settings: CloudSettings) =>
  ['auth_type', 'auth_url', 'token', 'cloud'].some((name) => settings[name] !== undefined);

const overrideOf = (settings: CloudSettings) =>
  settings['block_storage_endpoint_override'] ??
  settings['volumev3_endpoint_override'] ??
  settings['volume_endpoint_override'];

function noEndpoint({ interface: named = 'public', region_name: region }: CloudSettings): string {
  const where = region === undefined ? '' : ` in the region ${region}`;
  return `the catalogue has no ${named} endpoint of the type ${volumeTypes.join(' or ')}${where}: give --url`;
}

function senderOf(settings: CloudSettings): Sender {
  const insecure = settings['verify'] === 'false' || settings['insecure'] === 'true';
  const { cacert } = settings;
  return httpSender({ insecure, ...(cacert !== undefined && { caFile: cacert }) });
}

/** Endpoints of Cinder end with the version, and with the project in older catalogues. */
function apiBase(endpoint: string): string {
  const base = endpoint.replace(/\/+$/, '').replace(/\/v3(\/[^/]+)?$/, '');
  if (!URL.canParse(base) || !/^https?:/.test(base)) {
    throw new CliError(`'${base}' is no http URL: set HEARTH_API_URL or give --url`, 2);
  }
  return base;
}
