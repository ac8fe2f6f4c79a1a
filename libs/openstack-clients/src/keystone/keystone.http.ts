import { traceparentOf } from '@hearth/event-sourcing';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { readBounded } from '../bounded-body';
import { parseServiceEndpoint } from '../service-endpoint';
import { KeystoneError } from './keystone-error';

export interface KeystoneHttpOptions {
  /** With or without its version: `http://host:5000`, `https://cloud/identity/v3`. */
  readonly url: string;
  /** How long until a whole answer is there, repetitions included, in milliseconds; 5,000 unless told. */
  readonly timeoutMs?: number;
  /** How often a question is asked again, beyond the first time, while nobody answers; 2 unless told. */
  readonly retriesMax?: number;
  /** Wait before the first repetition, in milliseconds; it doubles with each. 100 unless told. */
  readonly retryWaitMs?: number;
}

export interface KeystoneQuestion {
  readonly method: 'GET' | 'POST';
  /** Below `/v3`, with the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object;
  /** For errors: what is asked for. No secret. */
  readonly what: string;
}

export interface KeystoneAnswer {
  readonly status: number;
  /** X-Subject-Token. */
  readonly subjectToken: string | undefined;
  readonly body: Buffer;
}

/** Above what a catalogue of many regions takes. */
const bodyBytesMax = 4 * 2 ** 20;
const connectionsMax = 32;

/** Questions to Keystone's API v3 over connections that are kept open. */
export class KeystoneHttp {
  readonly host: string;
  private readonly base: string;
  private readonly agent: Agent;

  /** Throws when the URL is none. */
  constructor(private readonly options: KeystoneHttpOptions) {
    const { url, host } = parseServiceEndpoint(options.url, 'identity service');
    this.base = `${url.replace(/\/v3$/, '')}/v3`;
    this.host = host;
    this.agent = new Agent({ connections: connectionsMax, keepAliveTimeout: 30_000 });
  }

  /** An answer of any status below 500 other than 429; asks again while there is none. Throws `KeystoneError` of the kind `away`. */
  async ask(question: KeystoneQuestion): Promise<KeystoneAnswer> {
    const { timeoutMs = 5_000, retriesMax = 2, retryWaitMs = 100 } = this.options;
    const signal = AbortSignal.timeout(timeoutMs);
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.askOnce(question, signal);
      } catch (error) {
        if (signal.aborted) throw this.away(question, `nothing within ${timeoutMs} ms`, error);
        if (attempt >= retriesMax) throw this.away(question, messageOf(error), error);
      }
      await pause(retryWaitMs * 2 ** attempt, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Ends every connection. */
  close(): Promise<void> {
    return this.agent.destroy();
  }

  private async askOnce(question: KeystoneQuestion, signal: AbortSignal): Promise<KeystoneAnswer> {
    const { method, path, headers, body } = question;
    const traceparent = traceparentOf();
    const answer = await request(`${this.base}${path}`, {
      dispatcher: this.agent,
      ...{ method, signal },
      headers: {
        accept: 'application/json',
        ...headers,
        ...(body && { 'content-type': 'application/json' }),
        ...(traceparent && { traceparent }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const read = await readBounded(answer.body as AsyncIterable<Buffer>, bodyBytesMax);
    const { statusCode: status } = answer;
    if (status >= 500 || status === 429) throw new Error(`it answered ${status}`);
    const subjectToken = answer.headers['x-subject-token'];
    return { status, subjectToken: typeof subjectToken === 'string' ? subjectToken : undefined, body: read };
  }

  private away({ what }: KeystoneQuestion, why: string, cause: unknown): KeystoneError {
    return new KeystoneError('away', `Keystone at ${this.host} does not answer for ${what}: ${why}`, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

/** The JSON of an answer. Throws `KeystoneError` of the kind `nonsense`; the body, which may hold anything, is not repeated. */
export function jsonOf({ body }: KeystoneAnswer, what: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new KeystoneError('nonsense', `Keystone's answer for ${what} is no JSON`);
  }
}
