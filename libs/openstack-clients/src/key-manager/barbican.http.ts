import { traceparentOf } from '@hearth/event-sourcing';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, type Dispatcher, request } from 'undici';
import { z } from 'zod';
import { BodyTooLargeError, readBounded } from '../bounded-body';
import { KeystoneError } from '../keystone/keystone-error';
import { parseServiceEndpoint, type ServiceEndpoint } from '../service-endpoint';
import type { TokenSource } from '../token-source';
import { KeyManagerError, type KeyManagerProblem } from './key-manager';

export interface BarbicanOptions {
  /** The service's URL, or who knows it, with or without its version: `http://host:9311`, `https://cloud/key-manager/v1`. */
  readonly endpoint: string | (() => Promise<string>);
  /** Gives a Keystone token for each question; none where Barbican asks for none. */
  readonly token?: TokenSource;
  /** Sent as `X-Project-Id`: a Barbican without Keystone wants to be told whose secrets are asked for. */
  readonly projectId?: string;
  /** How often a question is asked again, beyond the first time; 3 unless told. */
  readonly retriesMax?: number;
  /** Wait before the first repetition; it doubles with each. 500 unless told. */
  readonly retryWaitMs?: number;
  /** How long until a whole answer is there; 10,000 unless told. */
  readonly answerTimeoutMs?: number;
}

export interface BarbicanQuestion {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/v1`. */
  readonly path: string;
  /** The content type of the answer that is wanted; JSON unless told. */
  readonly accept?: string;
  readonly body?: object;
  /** For errors: what is asked for. No secret. */
  readonly what: string;
  /** Asks as who bears it, and not as ourselves. */
  readonly token?: string;
  readonly signal?: AbortSignal;
}

/** Above a certificate with its chain. Barbican stores at most 20,000 bytes of anything. */
export const answerBytesMax = 64 * 1024;

/** Statuses of success; anything else is a problem. */
const successes: Readonly<Record<BarbicanQuestion['method'], number>> = { GET: 200, POST: 201, PUT: 200, DELETE: 204 };

/** Questions to Barbican's API v1. Every one throws `KeyManagerError`, whose message repeats no answer, or the signal's reason. */
export class BarbicanHttp {
  private readonly agent: Agent;
  private readonly service: () => Promise<ServiceEndpoint>;
  private readonly answerTimeoutMs: number;

  /** Throws when the endpoint is no URL. */
  constructor(private readonly options: BarbicanOptions) {
    const { endpoint, answerTimeoutMs = 10_000 } = options;
    this.service = serviceSource(endpoint);
    this.answerTimeoutMs = answerTimeoutMs;
    this.agent = new Agent({ connect: { timeout: answerTimeoutMs }, keepAliveTimeout: 30_000 });
  }

  /** A whole answer; asks again while nobody answers. What makes something is asked once: it may have been made. */
  async ask(question: BarbicanQuestion): Promise<Buffer> {
    const { retriesMax = 3, retryWaitMs = 500 } = this.options;
    const { method, signal } = question;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.askOnce(question);
      } catch (error) {
        signal?.throwIfAborted();
        const isAway = error instanceof KeyManagerError && error.problem === 'away';
        if (!isAway || method === 'POST' || attempt >= retriesMax) throw error;
      }
      await pause(retryWaitMs * 2 ** attempt, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }

  /** The same for an answer in JSON, validated. */
  async askJson<Schema extends z.ZodType>(question: BarbicanQuestion, schema: Schema): Promise<z.output<Schema>> {
    const { what } = question;
    const answer = await this.ask(question);
    let json: unknown;
    try {
      json = JSON.parse(answer.toString('utf8'));
    } catch (cause) {
      throw new KeyManagerError('nonsense', `the key manager's answer for ${what} is no JSON`, { cause });
    }
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    throw new KeyManagerError(
      'nonsense',
      `the key manager's answer for ${what} is none: ${z.prettifyError(parsed.error)}`,
    );
  }

  /** Closes the connections that are kept open. */
  close(): Promise<void> {
    return this.agent.destroy();
  }

  private async askOnce(question: BarbicanQuestion): Promise<Buffer> {
    const { what, method } = question;
    const { url, host } = await this.service().catch((cause: unknown) => {
      throw unknownService(what, cause);
    });
    const token = question.token ?? (await this.ownToken(host));
    let answer = await this.send({ ...question, token }, url, host);
    if (answer.statusCode === 401 && token !== undefined && question.token === undefined) {
      await skip(answer.body);
      answer = await this.send({ ...question, token: await this.ownToken(host, token) }, url, host);
    }
    const problem = problemOfStatus(answer.statusCode, method);
    if (!problem) return readAnswer(answer.body, host, what);
    await skip(answer.body);
    throw new KeyManagerError(problem, `${host} answered ${answer.statusCode} for ${what}`);
  }

  private async send(
    { method, path, accept = 'application/json', body, what, token, signal }: BarbicanQuestion,
    url: string,
    host: string,
  ) {
    const { projectId } = this.options;
    const traceparent = traceparentOf();
    const limit = AbortSignal.timeout(this.answerTimeoutMs);
    const headers = {
      accept,
      ...(body && { 'content-type': 'application/json' }),
      ...(token && { 'x-auth-token': token }),
      ...(projectId && { 'x-project-id': projectId }),
      ...(traceparent && { traceparent }),
    };
    try {
      return await request(`${url}${path}`, {
        ...{ method, dispatcher: this.agent, headers, signal: signal ? AbortSignal.any([signal, limit]) : limit },
        ...(body && { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw notAnswering(host, what, cause);
    }
  }

  private async ownToken(host: string, refused?: string): Promise<string | undefined> {
    try {
      return await this.options.token?.(refused);
    } catch (cause) {
      throw new KeyManagerError('away', `no token could be had for the key manager ${host}: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
}

function serviceSource(endpoint: BarbicanOptions['endpoint']): () => Promise<ServiceEndpoint> {
  if (typeof endpoint === 'function') return async () => versioned(await endpoint());
  const known = Promise.resolve(versioned(endpoint));
  return () => known;
}

function versioned(endpoint: string): ServiceEndpoint {
  const { url, host } = parseServiceEndpoint(endpoint, 'key manager');
  return { url: `${url.replace(/\/v1$/, '')}/v1`, host };
}

/** Where the catalogue has no key manager, nothing is kept. */
function unknownService(what: string, cause: unknown): KeyManagerError {
  const isNone = cause instanceof KeystoneError && cause.problem === 'no-endpoint';
  const message = `no key manager is known to ask for ${what}: ${messageOf(cause)}`;
  return new KeyManagerError(isNone ? 'not-found' : 'away', message, { cause });
}

function notAnswering(host: string, what: string, cause: unknown): KeyManagerError {
  return new KeyManagerError('away', `${host} does not answer for ${what}: ${messageOf(cause)}`, { cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

function problemOfStatus(status: number, method: BarbicanQuestion['method']): KeyManagerProblem | undefined {
  if (status === successes[method]) return undefined;
  if (status === 404 || status === 410) return 'not-found';
  if (status === 401 || status === 403) return 'forbidden';
  return status >= 500 || status === 429 ? 'away' : 'nonsense';
}

/** Reads what nobody wants to its end, unless that is far. */
async function skip(body: Dispatcher.ResponseData['body']): Promise<void> {
  await body.dump({ limit: answerBytesMax }).catch(() => undefined);
}

async function readAnswer(body: Dispatcher.ResponseData['body'], host: string, what: string): Promise<Buffer> {
  try {
    return await readBounded(body as AsyncIterable<Buffer>, answerBytesMax);
  } catch (error) {
    if (!(error instanceof BodyTooLargeError)) throw notAnswering(host, what, error);
    throw new KeyManagerError('nonsense', `the answer for ${what} is ${error.message}`);
  }
}
