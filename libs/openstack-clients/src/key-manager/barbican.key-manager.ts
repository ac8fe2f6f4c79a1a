import { traceparentOf } from '@hearth/event-sourcing';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, type Dispatcher, request } from 'undici';
import { z } from 'zod';
import { BodyTooLargeError, readBounded } from '../bounded-body';
import { KeystoneError } from '../keystone/keystone-error';
import { parseServiceEndpoint, type ServiceEndpoint } from '../service-endpoint';
import type { TokenSource } from '../token-source';
import { certificateBytesMax, certificatePem } from './certificate-pem';
import {
  type CertificateOptions,
  KeyManagerError,
  type KeyManager,
  type KeyManagerProblem,
  certificateId,
} from './key-manager';

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

/** What Barbican tells of a secret (`GET /v1/secrets/<uuid>`), as far as it matters here. */
const secretSchema = z.looseObject({
  secret_type: z.string(),
  /** Not there when the secret has no payload yet. */
  content_types: z.looseObject({ default: z.string().optional() }).nullish(),
});
type Secret = z.output<typeof secretSchema>;

const octets = 'application/octet-stream';

/**
 * Certificates as secrets of Barbican, by its API v1. Two questions: what kind of secret it is, then its payload. Only secrets of
 * the type `certificate` are read, as Castellan does for Cinder: the id comes from whoever owns the image, and must not make a
 * private key travel. Containers are not looked at; Barbican itself no longer has a resource for certificates.
 */
export class BarbicanKeyManager implements KeyManager {
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

  async certificate(uuid: string, { signal }: CertificateOptions = {}): Promise<string> {
    const id = certificateId(uuid);
    const what = `secret ${id}`;
    const secret = asSecret(await this.ask(`/secrets/${id}`, 'application/json', what, signal), what);
    const payload = await this.ask(
      `/secrets/${id}/payload`,
      payloadType(secret, what),
      `the payload of ${what}`,
      signal,
    );
    return certificatePem(payload, what);
  }

  /** Closes the connections that are kept open. */
  close(): Promise<void> {
    return this.agent.destroy();
  }

  /** A whole answer; asks again while nobody answers. */
  private async ask(path: string, accept: string, what: string, signal?: AbortSignal): Promise<Buffer> {
    const { retriesMax = 3, retryWaitMs = 500 } = this.options;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.askOnce(path, accept, what, signal);
      } catch (error) {
        signal?.throwIfAborted();
        const isAway = error instanceof KeyManagerError && error.problem === 'away';
        if (!isAway || attempt >= retriesMax) throw error;
      }
      await pause(retryWaitMs * 2 ** attempt, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }

  private async askOnce(path: string, accept: string, what: string, signal?: AbortSignal): Promise<Buffer> {
    const { url, host } = await this.service().catch((cause: unknown) => {
      throw unknownService(what, cause);
    });
    const token = await this.token(host);
    let answer = await this.get(`${url}${path}`, accept, token, { host, what, signal });
    if (answer.statusCode === 401 && token !== undefined) {
      await skip(answer.body);
      answer = await this.get(`${url}${path}`, accept, await this.token(host, token), { host, what, signal });
    }
    const problem = problemOfStatus(answer.statusCode);
    if (!problem) return readPayload(answer.body, { host, what });
    await skip(answer.body);
    throw new KeyManagerError(problem, `${host} answered ${answer.statusCode} for ${what}`);
  }

  private async get(url: string, accept: string, token: string | undefined, { host, what, signal }: Asked) {
    const { projectId } = this.options;
    const traceparent = traceparentOf();
    const limit = AbortSignal.timeout(this.answerTimeoutMs);
    const headers = {
      accept,
      ...(token && { 'x-auth-token': token }),
      ...(projectId && { 'x-project-id': projectId }),
      ...(traceparent && { traceparent }),
    };
    try {
      const limited = signal ? AbortSignal.any([signal, limit]) : limit;
      return await request(url, { dispatcher: this.agent, signal: limited, headers });
    } catch (cause) {
      throw notAnswering(host, what, cause);
    }
  }

  private async token(host: string, refused?: string): Promise<string | undefined> {
    try {
      return await this.options.token?.(refused);
    } catch (cause) {
      throw new KeyManagerError('away', `no token could be had for the key manager ${host}: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
}

/** Who is asked, and for what: for errors. */
interface Asked {
  readonly host: string;
  readonly what: string;
  readonly signal?: AbortSignal;
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

function problemOfStatus(status: number): KeyManagerProblem | undefined {
  if (status === 200) return undefined;
  if (status === 404 || status === 410) return 'not-found';
  if (status === 401 || status === 403) return 'forbidden';
  return status >= 500 || status === 429 ? 'away' : 'nonsense';
}

/** Reads what nobody wants to its end, unless that is far. */
async function skip(body: Dispatcher.ResponseData['body']): Promise<void> {
  await body.dump({ limit: certificateBytesMax }).catch(() => undefined);
}

async function readPayload(body: Dispatcher.ResponseData['body'], { host, what }: Asked): Promise<Buffer> {
  try {
    return await readBounded(body as AsyncIterable<Buffer>, certificateBytesMax);
  } catch (error) {
    if (!(error instanceof BodyTooLargeError)) throw notAnswering(host, what, error);
    throw new KeyManagerError('nonsense', `the answer for ${what} is ${error.message}`);
  }
}

function asSecret(answer: Buffer, what: string): Secret {
  let json: unknown;
  try {
    json = JSON.parse(answer.toString('utf8'));
  } catch (cause) {
    throw new KeyManagerError('nonsense', `the key manager's answer for ${what} is no JSON`, { cause });
  }
  const parsed = secretSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new KeyManagerError(
    'nonsense',
    `the key manager's answer for ${what} is none: ${z.prettifyError(parsed.error)}`,
  );
}

/** What to ask the payload as: the type it was stored with, which is any of several for a certificate. */
function payloadType({ secret_type: type, content_types: types }: Secret, what: string): string {
  if (type !== 'certificate') {
    throw new KeyManagerError('nonsense', `${what} is of the type '${type.slice(0, 32)}': a certificate is wanted`);
  }
  if (!types) throw new KeyManagerError('not-found', `${what} has no payload`);
  return types.default && /^[\w.+-]+\/[\w.+-]+$/.test(types.default) ? types.default : octets;
}
