import { once } from 'node:events';
import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { readBounded } from '../bounded-body';

export interface UploadRequest {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as it comes: in chunks, unless the headers tell its length. */
  readonly body?: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
}

export interface UploadAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** In milliseconds. */
export interface UploadLimits {
  /** A server that takes no more bytes for this long is not waited for. */
  readonly stallTimeoutMs: number;
  /** Until the answer is there, once all has been sent: some stores take what came only then. */
  readonly answerTimeoutMs: number;
}

const answerBytesMax = 1024 * 1024;

/** The source of a body has failed: what it threw is the cause. */
export class BodySourceError extends Error {
  override readonly name = 'BodySourceError';
}

/** Requests with a body of any length. An answer that comes before its end ends the sending. */
export class UploadHttp {
  private readonly http = new HttpAgent({ keepAlive: true });
  private readonly https = new HttpsAgent({ keepAlive: true });

  constructor(private readonly limits: UploadLimits) {}

  /** An answer of any status. Throws a `BodySourceError`, or why there is no answer. */
  async ask({ method, url, headers, body, signal }: UploadRequest): Promise<UploadAnswer> {
    const options = { method, headers, signal };
    const request = url.startsWith('https:')
      ? requestHttps(url, { ...options, agent: this.https })
      : requestHttp(url, { ...options, agent: this.http });
    const sending = new Sending(request, this.limits.stallTimeoutMs);
    try {
      if (body) await sending.send(body);
      const answer = await sending.answer(this.limits.answerTimeoutMs);
      const read = await within(this.limits.answerTimeoutMs, readBounded(answer, answerBytesMax));
      return { status: answer.statusCode ?? 0, body: read };
    } finally {
      // A connection on which all has been sent and read is kept; any other cannot be used again.
      if (!request.writableFinished || !sending.isRead) request.destroy();
    }
  }

  close(): void {
    this.http.destroy();
    this.https.destroy();
  }
}

class Sending {
  private answered: IncomingMessage | undefined;
  private readonly answering: Promise<IncomingMessage>;
  private readonly failing: Promise<never>;

  constructor(
    private readonly request: ClientRequest,
    private readonly stallTimeoutMs: number,
  ) {
    this.answering = once(request, 'response').then(([answer]) => (this.answered = answer as IncomingMessage));
    this.failing = new Promise((_, reject) => request.on('error', reject));
    // Whoever waits hears of it; where nobody does yet, it is not lost.
    this.answering.catch(() => undefined);
    this.failing.catch(() => undefined);
  }

  get isRead(): boolean {
    return this.answered?.complete ?? false;
  }

  async send(body: AsyncIterable<Uint8Array>): Promise<void> {
    const pieces = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await pieces.next().catch((cause: unknown) => {
          throw new BodySourceError('the source of the bytes has failed', { cause });
        });
        if (next.done || this.answered) return;
        for (const part of partsOf(next.value)) {
          if (!this.request.write(part)) await this.drained();
          if (this.answered) return;
        }
      }
    } finally {
      await pieces.return?.();
    }
  }

  async answer(timeoutMs: number): Promise<IncomingMessage> {
    if (!this.answered) this.request.end();
    return within(timeoutMs, Promise.race([this.answering, this.failing]));
  }

  private async drained(): Promise<void> {
    const heard = new AbortController();
    const drain = once(this.request, 'drain', { signal: heard.signal });
    drain.catch(() => undefined);
    try {
      await within(this.stallTimeoutMs, Promise.race([drain, this.answering, this.failing]));
    } finally {
      heard.abort();
    }
  }
}

/** An image service behind uwsgi refuses chunks of 1 MiB. */
const partBytesMax = 64 * 1024;

function* partsOf(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += partBytesMax) yield bytes.subarray(at, at + partBytesMax);
}

async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing moved for ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
