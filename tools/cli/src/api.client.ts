import { CliError } from './cli.error';

export interface ApiClientOptions {
  readonly url: string;
  readonly token: string | undefined;
}

export interface Asking {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
}

const timeoutMs = 30_000;
/** The newest that the tool was written for. */
const microversion = 'volume 3.70';

/** The api as the tool uses it: JSON in and out, and errors that say what to do. */
export class ApiClient {
  constructor(private readonly options: ApiClientOptions) {}

  /** The answer's body; undefined for an empty one. Throws `CliError`. */
  async ask<Body>(path: string, asking: Asking = {}): Promise<Body> {
    const url = this.urlOf(path, asking.query);
    const response = await this.send(url, asking);
    const text = await response.text();
    const body = parse(text, url);
    if (response.ok) return body as Body;
    throw new CliError(sentenceOf(response.status, body), response.status === 503 ? 3 : 1);
  }

  private urlOf(path: string, query: Asking['query'] = {}): URL {
    const base = this.options.url.replace(/\/+$/, '');
    if (!URL.canParse(base) || !/^https?:/.test(base)) {
      throw new CliError(`'${base}' is no http URL: set HEARTH_API_URL or give --url`, 2);
    }
    const url = new URL(`${base}${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  private async send(url: URL, { method = 'GET', body, headers = {} }: Asking): Promise<Response> {
    const { token } = this.options;
    if (!token) throw new CliError('no token: set HEARTH_TOKEN or give --token (in development: project:user:role)', 2);
    try {
      return await fetch(url, {
        method,
        headers: {
          'X-Auth-Token': token,
          'OpenStack-API-Version': microversion,
          Accept: 'application/json',
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (error) {
      const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const why = reason instanceof Error ? reason.message || reason.name : String(reason);
      throw new CliError(`cannot reach the api at ${url.origin}: ${why}`, 3, { cause: error });
    }
  }
}

function parse(text: string, url: URL): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CliError(`${url.origin} does not answer as the api does: ${text.slice(0, 80)}`, 3, { cause });
  }
}

/** The message of a fault, whatever its one key. */
function sentenceOf(status: number, body: unknown): string {
  const [fault] = typeof body === 'object' && body !== null ? Object.values(body) : [];
  const message: unknown = (fault as { message?: unknown } | undefined)?.message;
  return typeof message === 'string' ? `${message} (HTTP ${status})` : `the api answered ${status}`;
}
