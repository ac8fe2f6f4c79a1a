import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a test lets one request end with, in place of what a Keystone answers. */
export type Script = (response: ServerResponse) => void;

export const answering =
  (status: number, body: unknown = {}, headers: Record<string, string> = {}): Script =>
  (response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  };
/** Nothing, ever. */
export const silence: Script = () => undefined;
export const hangingUp: Script = (response) => void response.destroy();

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** What a real Keystone says of a token, without what does not matter here. */
export function tokenRecord(changes: Record<string, unknown> = {}) {
  return {
    token: {
      methods: ['password'],
      user: { id: 'u1', name: 'ann', domain: { id: 'default', name: 'Default' }, password_expires_at: null },
      project: { id: 'p1', name: 'demo', domain: { id: 'default', name: 'Default' } },
      is_domain: false,
      roles: [
        { id: 'r1', name: 'member' },
        { id: 'r2', name: 'reader' },
      ],
      expires_at: '2027-01-01T01:00:00.000000Z',
      issued_at: '2027-01-01T00:00:00.000000Z',
      audit_ids: ['gQ0fJ9'],
      ...changes,
    },
  };
}

/** A server that issues tokens to whoever asks and knows those that a test gives it, unless a script says otherwise. */
export class ScriptedKeystone {
  readonly asked: Asked[] = [];
  /** By token. */
  readonly known = new Map<string, unknown>();
  /** Own tokens that are taken; a test may empty it. */
  readonly taken = new Set<string>();
  /** One for each request that comes; then the server's own answers again. */
  readonly scripts: Script[] = [];
  /** For every request, before `scripts`. */
  always: Script | undefined;
  lifetimeMs = 3_600_000;
  catalogue: unknown[] = [];
  private issued = 0;
  private readonly server = createServer((request, response) => void this.serve(request, response));

  static async start(): Promise<ScriptedKeystone> {
    const keystone = new ScriptedKeystone();
    await new Promise<void>((resolve) => void keystone.server.listen(0, '127.0.0.1', resolve));
    return keystone;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The requests of a method so far. */
  of(method: 'GET' | 'POST'): Asked[] {
    return this.asked.filter((asked) => asked.method === method);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const piece of request) text += piece;
    const { method = '', url = '', headers } = request;
    this.asked.push({ method, url, headers, body: text === '' ? undefined : JSON.parse(text) });
    const script = this.always ?? this.scripts.shift() ?? this.answer(method, headers);
    script(response);
  }

  private answer(method: string, headers: IncomingMessage['headers']): Script {
    if (method === 'POST') return this.issue();
    if (!this.taken.has(String(headers['x-auth-token']))) return answering(401, { error: { code: 401 } });
    const record = this.known.get(String(headers['x-subject-token']));
    return record === undefined ? answering(404, { error: { code: 404 } }) : answering(200, record);
  }

  private issue(): Script {
    const token = `own-${(this.issued += 1)}`;
    this.taken.add(token);
    const issuedAt = Date.parse('2031-05-01T00:00:00Z');
    const record = tokenRecord({
      issued_at: new Date(issuedAt).toISOString(),
      expires_at: new Date(issuedAt + this.lifetimeMs).toISOString(),
      catalog: this.catalogue,
    });
    return answering(201, record, { 'x-subject-token': token });
  }
}
