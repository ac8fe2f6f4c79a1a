import { CliError, type ExitCode } from '../cli.error';
import type { Connection } from './connect';
import { type Answer, reasonOf } from './sender';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Asking {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The newest that the tool was written for. */
const microversion = 'volume 3.70';
/** Items that the api has on a page at the most. */
const pageMax = 1_000;

/** The api as the tool uses it: JSON in and out, and errors that say what to do. It connects when it is first asked. */
export class ApiClient {
  private connecting: Promise<Connection> | undefined;

  constructor(private readonly open: () => Promise<Connection>) {}

  connection(): Promise<Connection> {
    this.connecting ??= this.open();
    return this.connecting;
  }

  /** The answer's body; undefined for an empty one. Throws `CliError`. */
  async ask<Body>(path: string, asking: Asking = {}): Promise<Body> {
    const { body, url, status, isOk } = await this.look(path, asking);
    if (isOk) return body as Body;
    throw new CliError(sentenceOf(status, body, url), codeOf(status));
  }

  /** The answer whatever its status, with the server's time. Throws `CliError` where there is none. */
  async look(path: string, asking: Asking = {}) {
    const connection = await this.connection();
    const url = urlOf(connection.url, path, asking.query);
    const answer = await this.send(connection, url, asking);
    const isOk = answer.status >= 200 && answer.status < 300;
    const date = Date.parse(answer.headers.get('date') ?? '');
    return { url, isOk, status: answer.status, body: parse(answer, url), dateMs: Number.isNaN(date) ? null : date };
  }

  /** All items of a list that comes in pages, or the first `max` of them. Throws `CliError`. */
  async askAll<Item>(path: string, collection: string, query: Query = {}, max = Infinity): Promise<readonly Item[]> {
    const items: Item[] = [];
    let asked: Query = { ...query, limit: limitOf(max) };
    for (;;) {
      const page = await this.ask<Readonly<Record<string, unknown>>>(path, { query: asked });
      items.push(...((page[collection] ?? []) as Item[]));
      const next = nextOf(page[`${collection}_links`]);
      if (!next || items.length >= max) return items.slice(0, max);
      asked = { ...Object.fromEntries(next), limit: limitOf(max - items.length) };
    }
  }

  private async send({ token, send }: Connection, url: URL, asking: Asking): Promise<Answer> {
    const { method = 'GET', body, headers = {} } = asking;
    try {
      return await send(url, {
        method,
        headers: {
          'X-Auth-Token': token,
          'OpenStack-API-Version': microversion,
          Accept: 'application/json',
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new CliError(`cannot reach the api at ${url.origin}: ${reasonOf(error)}`, 5, { cause: error });
    }
  }
}

/** A whole page is what the api gives unless told. */
const limitOf = (max: number) => (max < pageMax ? max : undefined);

function urlOf(base: string, path: string, query: Query = {}): URL {
  const url = new URL(`${base}${path}`);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

/** The query of the link to the next page; where the link leads is the api's public face, which need not be the way in. */
function nextOf(links: unknown): URLSearchParams | undefined {
  const next = (Array.isArray(links) ? (links as { rel?: unknown; href?: unknown }[]) : []).find(
    ({ rel }) => rel === 'next',
  );
  return typeof next?.href === 'string' && URL.canParse(next.href) ? new URL(next.href).searchParams : undefined;
}

function parse({ body, status }: Answer, url: URL): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch (cause) {
    const code = status >= 500 ? ` (HTTP ${status})` : '';
    throw new CliError(`${url.origin} does not answer as the api does${code}: ${body.slice(0, 80)}`, 5, { cause });
  }
}

function codeOf(status: number): ExitCode {
  if (status === 404) return 3;
  if ([502, 503, 504].includes(status)) return 5;
  return status < 500 ? 4 : 1;
}

/** The message of a fault, whatever its one key. */
function sentenceOf(status: number, body: unknown, { origin, pathname }: URL): string {
  const [fault] = typeof body === 'object' && body !== null ? Object.values(body) : [];
  const message: unknown = (fault as { message?: unknown } | undefined)?.message;
  if (typeof message === 'string') return `${message} (HTTP ${status})`;
  return `the api at ${origin} answered ${status} to ${pathname}`;
}
