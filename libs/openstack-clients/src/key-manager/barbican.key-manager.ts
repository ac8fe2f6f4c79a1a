import { traceparentOf } from '@hearth/event-sourcing';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, type Dispatcher, request } from 'undici';
import { z } from 'zod';
import { parseServiceEndpoint } from '../service-endpoint';
import { certificateBytesMax, certificatePem } from './certificate-pem';
import {
  type CertificateOptions,
  KeyManagerError,
  type KeyManager,
  type KeyManagerProblem,
  certificateId,
} from './key-manager';

export interface BarbicanOptions {
  /** The service's URL, with or without its version: `http://host:9311`, `https://cloud/key-manager/v1`. */
  readonly endpoint: string;
  /** Gives a Keystone token for each question; none where Barbican asks for none. Never logged, never kept. */
  readonly token?: () => Promise<string>;
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
  private readonly base: string;
  private readonly host: string;
  private readonly answerTimeoutMs: number;

  /** Throws when the endpoint is no URL. */
  constructor(private readonly options: BarbicanOptions) {
    const { endpoint, answerTimeoutMs = 10_000 } = options;
    const { url, host } = parseServiceEndpoint(endpoint, 'key manager');
    this.base = `${url.replace(/\/v1$/, '')}/v1`;
    this.host = host;
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
        const problem = this.asProblem(error, what);
        if (problem.problem !== 'away' || attempt >= retriesMax) throw problem;
      }
      await pause(retryWaitMs * 2 ** attempt, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }

  private async askOnce(path: string, accept: string, what: string, signal?: AbortSignal): Promise<Buffer> {
    const limit = AbortSignal.timeout(this.answerTimeoutMs);
    const answer = await request(`${this.base}${path}`, {
      dispatcher: this.agent,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      headers: { accept, ...(await this.identity()) },
    });
    const problem = problemOfStatus(answer.statusCode);
    if (!problem) return readBounded(answer.body, what);
    await answer.body.dump({ limit: certificateBytesMax }).catch(() => undefined);
    throw new KeyManagerError(problem, `${this.host} answered ${answer.statusCode} for ${what}`);
  }

  private async identity(): Promise<Record<string, string>> {
    const { projectId } = this.options;
    const traceparent = traceparentOf();
    const token = await this.token();
    return {
      ...(token && { 'x-auth-token': token }),
      ...(projectId && { 'x-project-id': projectId }),
      ...(traceparent && { traceparent }),
    };
  }

  private async token(): Promise<string | undefined> {
    try {
      return await this.options.token?.();
    } catch (cause) {
      throw new KeyManagerError('away', `no token could be had for the key manager ${this.host}: ${messageOf(cause)}`, {
        cause,
      });
    }
  }

  private asProblem(error: unknown, what: string): KeyManagerError {
    if (error instanceof KeyManagerError) return error;
    return new KeyManagerError('away', `${this.host} does not answer for ${what}: ${messageOf(error)}`, {
      cause: error,
    });
  }
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

async function readBounded(body: Dispatcher.ResponseData['body'], what: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > certificateBytesMax) {
      throw new KeyManagerError('nonsense', `the answer for ${what} is larger than ${certificateBytesMax} bytes`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
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
