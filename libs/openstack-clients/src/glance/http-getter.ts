import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';

/** In milliseconds. There is no limit for the whole of an answer. */
export interface HttpLimits {
  readonly connectTimeoutMs: number;
  /** Until the head of an answer is there. */
  readonly answerTimeoutMs: number;
}

/** The head of an answer, and its body, which is read with `readBody` or given up with `discard`. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: IncomingMessage;
}

/** Nothing came for as long as one waits. */
export class StalledError extends Error {
  override readonly name = 'StalledError';
}

const idleTimeoutMs = 30_000;

/**
 * GET requests over connections that are kept open. By Node's own client: a body that nobody reads for a while is left with the system,
 * also when the server has closed the connection behind it, which ends a process that uses undici 7 (nodejs/undici issue 5360).
 */
export class HttpGetter {
  private readonly http = new HttpAgent({ keepAlive: true, timeout: idleTimeoutMs });
  private readonly https = new HttpsAgent({ keepAlive: true, timeout: idleTimeoutMs });

  constructor(private readonly limits: HttpLimits) {}

  /** The head of an answer, whatever its status. Rejects when there is none, or when the signal says so. */
  async get(url: string, headers: Record<string, string>, signal?: AbortSignal): Promise<HttpAnswer> {
    for (;;) {
      try {
        const body = await this.ask(url, headers, signal);
        return { statusCode: body.statusCode ?? 0, headers: body.headers, body };
      } catch (error) {
        if (!(error instanceof ClosedWhileIdleError)) throw error;
      }
    }
  }

  /** Ends every connection. */
  close(): void {
    this.http.destroy();
    this.https.destroy();
  }

  private ask(url: string, headers: Record<string, string>, signal?: AbortSignal): Promise<IncomingMessage> {
    const { answerTimeoutMs, connectTimeoutMs } = this.limits;
    const request = url.startsWith('https:')
      ? requestHttps(url, { agent: this.https, headers, signal })
      : requestHttp(url, { agent: this.http, headers, signal });
    return new Promise((resolve, reject) => {
      const end = (reason: string) => () => void request.destroy(new Error(reason));
      const answering = setTimeout(end(`no answer within ${answerTimeoutMs} ms`), answerTimeoutMs);
      let connecting: NodeJS.Timeout | undefined;
      request.once('socket', (socket) => {
        if (!socket.connecting) return;
        connecting = setTimeout(end(`no connection within ${connectTimeoutMs} ms`), connectTimeoutMs);
        socket.once('connect', () => clearTimeout(connecting));
      });
      request.once('close', () => clearTimeout(connecting));
      request.once('response', (answer) => {
        clearTimeout(answering);
        resolve(answer);
      });
      // It stays: once there is an answer, what becomes of the request is seen there.
      request.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(answering);
        const isIdleClosed = request.reusedSocket && error.code === 'ECONNRESET';
        reject(isIdleClosed ? new ClosedWhileIdleError() : error);
      });
      request.end();
    });
  }
}

/** The server closed a kept connection at the moment at which it was used again: that says nothing about the server. */
class ClosedWhileIdleError extends Error {}

/**
 * The pieces of a body as they come; one that is waited for longer than `stallTimeoutMs` is not coming. Throws `StalledError`, or how
 * the body broke off. Who leaves early gives the connection up.
 */
export async function* readBody(body: IncomingMessage, stallTimeoutMs: number): AsyncGenerator<Buffer> {
  const pieces = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const stalled = () => void body.destroy(new StalledError(`nothing came for ${stallTimeoutMs} ms`));
  try {
    for (;;) {
      const timer = setTimeout(stalled, stallTimeoutMs);
      const next = await pieces.next().finally(() => clearTimeout(timer));
      if (next.done) return;
      yield next.value;
    }
  } finally {
    discard(body);
  }
}

/** Gives the connection up unless the body was read to its end. */
export function discard(body: IncomingMessage): void {
  body.on('error', () => undefined).destroy();
}
