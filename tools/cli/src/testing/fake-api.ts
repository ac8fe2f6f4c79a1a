import {
  checkWireSchema,
  parseCacheAdvice,
  parseCacheDifference,
  parseCacheEntries,
  parseCacheHistory,
  parseCachePins,
  parseCachePrefetches,
  parseCacheShadow,
  parseCacheState,
  parseCacheStatistics,
  parseEntryUsers,
  type Route,
  routes,
} from '@hearth/cinder-v3';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly line: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  /** Instead of a body in JSON. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How the api reads the queries of what it has of its own. */
const queryParsers: Readonly<Record<string, (query: URLSearchParams) => unknown>> = {
  'cache.entries': parseCacheEntries,
  'cache.usedBy': parseEntryUsers,
  'cache.entryHistory': parseCacheHistory,
  'cache.imageHistory': parseCacheHistory,
  'cache.poolHistory': parseCacheHistory,
  'cache.pins': parseCachePins,
  'cache.unpin': parseCachePins,
  'cache.prefetches': parseCachePrefetches,
  'cache.state': parseCacheState,
  'cache.difference': parseCacheDifference,
  'cache.statistics': parseCacheStatistics,
  'cache.advice': parseCacheAdvice,
  'cache.shadow': parseCacheShadow,
};

/**
 * A server that answers what it was told to, and holds what it is asked, and what it answers about caches, to the route table of the
 * real api.
 */
export class FakeApi {
  readonly asked: Asked[] = [];
  /** Requests that the real api would refuse, and answers that it would not give. */
  readonly violations: string[] = [];
  private readonly answers = new Map<string, Answer[]>();

  private readonly server: Server = createServer();

  constructor() {
    this.server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const line = `${request.method} ${request.url}`;
        const body: unknown = text === '' ? undefined : JSON.parse(text);
        this.asked.push({ line, headers: request.headers, body });
        const answer = this.next(line);
        this.check(line, body, answer);
        response.writeHead(answer.status, answer.headers);
        response.end(answer.text ?? (answer.body === undefined ? '' : JSON.stringify(answer.body)));
      });
    });
  }

  static async start(): Promise<FakeApi> {
    const api = new FakeApi();
    await api.listen();
    return api;
  }

  /** Begins anew: nothing was told or asked. */
  async listen(): Promise<void> {
    this.asked.length = 0;
    this.violations.length = 0;
    this.answers.clear();
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next answers to a request line; the last one goes on being given. */
  given(line: string, ...answers: readonly Answer[]): void {
    this.answers.set(line, [...answers]);
  }

  /** The next answers, all with 200. */
  givenBodies(line: string, ...bodies: readonly unknown[]): void {
    this.given(line, ...bodies.map((body) => ({ status: 200, body })));
  }

  lines(): readonly string[] {
    return this.asked.map(({ line }) => line);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private next(line: string): Answer {
    const answers = this.answers.get(line) ?? [];
    const notHere = { status: 404, body: { itemNotFound: { code: 404, message: 'nothing here' } } };
    return (answers.length > 1 ? answers.shift() : answers[0]) ?? notHere;
  }

  private check(line: string, body: unknown, { status, body: answered }: Answer): void {
    if (!line.includes(' /v3/cache/')) return;
    try {
      const { operation, route, query } = routeOfLine(line);
      queryParsers[operation]?.(query);
      if (route.body) checkWireSchema(body, route.body.schema(70));
      if (status >= 200 && status < 300) route.success.schema?.parse(answered);
    } catch (error) {
      this.violations.push(`${line}: ${messageOf(error)}`);
    }
  }
}

function routeOfLine(line: string): { operation: string; route: Route; query: URLSearchParams } {
  const [method, target = ''] = line.split(' ');
  const { pathname, searchParams } = new URL(target, 'http://api');
  const parts = pathname.split('/');
  const found = routes.find((route: Route) => {
    const pattern = route.path.split('/');
    const fits = (part: string, index: number) => /^\{.*\}$/.test(part) || part === parts[index];
    return route.method === method && pattern.length === parts.length && pattern.every(fits);
  });
  if (!found) throw new Error('the api has no such route');
  return { operation: found.operation, route: found, query: searchParams };
}

function messageOf(error: unknown): string {
  const fault = (error as { fault?: { message?: unknown } }).fault?.message;
  if (typeof fault === 'string') return fault;
  return error instanceof Error ? error.message : String(error);
}
