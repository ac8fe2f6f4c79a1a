import { traceparentOf } from '@hearth/event-sourcing';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { parseServiceEndpoint } from '../service-endpoint';
import type { TokenSource } from '../token-source';
import { glanceRecordSchema, shownImage } from './glance.record';
import type { ShownImage } from './image-service';
import {
  ImageUploadError,
  type ImageUpload,
  type PutOptions,
  type UploadOptions,
  uploadProblemOfStatus,
} from './upload';
import { BodySourceError, type UploadAnswer, UploadHttp, type UploadRequest } from './upload.request';

export interface GlanceUploadOptions {
  /** URLs of the image service, or where they are learnt from. The first is asked. */
  readonly endpoints: readonly string[] | (() => Promise<readonly string[]>);
  /** The service's own token; none where the image service asks for none. */
  readonly token?: TokenSource;
  /** How often a question without bytes is asked again while nobody answers it, beyond the first time; 3 unless told. */
  readonly retriesMax?: number;
  /** Wait before the first repetition, in milliseconds; it doubles with each. 500 unless told. */
  readonly retryWaitMs?: number;
  /** A service that takes no more bytes for this long is not waited for; 60,000 unless told. */
  readonly stallTimeoutMs?: number;
  /** Until the answer is there, once all has been sent; 300,000 unless told. */
  readonly answerTimeoutMs?: number;
}

type Ask = Omit<UploadRequest, 'url' | 'headers'> & {
  readonly path: string;
  readonly headers?: Record<string, string>;
};

const locationsSchema = z.array(z.looseObject({ url: z.string() }));
/** What a record may tell of its places; Glance does where it is configured to. */
const recordSchema = z.looseObject({ locations: locationsSchema.nullish(), direct_url: z.string().nullish() });

const urlsOf = (locations: z.output<typeof locationsSchema> | null | undefined): readonly string[] =>
  (locations ?? []).map(({ url }) => url);

/** What of an answer that says no is told on. */
const complaintCharsMax = 300;

/** Uploads to Glance v2. */
export class GlanceImageUpload implements ImageUpload {
  private readonly http: UploadHttp;

  constructor(private readonly options: GlanceUploadOptions) {
    const { endpoints, stallTimeoutMs = 60_000, answerTimeoutMs = 300_000 } = options;
    if (typeof endpoints !== 'function') firstOf(endpoints);
    this.http = new UploadHttp({ stallTimeoutMs, answerTimeoutMs });
  }

  async show(imageId: string, { signal }: UploadOptions = {}): Promise<ShownImage> {
    const { body } = await this.good({ method: 'GET', path: `/v2/images/${imageId}`, signal });
    const parsed = glanceRecordSchema.safeParse(jsonOf(body));
    if (parsed.success) return shownImage(parsed.data);
    throw new ImageUploadError('nonsense', `the record of image ${imageId} is none: ${parsed.error.message}`);
  }

  async put(imageId: string, bytes: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<void> {
    const { sizeBytes, signal } = options;
    const headers: Record<string, string> = { 'content-type': 'application/octet-stream' };
    if (sizeBytes !== undefined) {
      headers['x-openstack-image-size'] = String(sizeBytes);
      headers['content-length'] = String(sizeBytes);
    }
    const path = `/v2/images/${imageId}/file`;
    // The bytes can be sent only once: a token that is no good any more is found out, and renewed, by a question before them.
    await this.show(imageId, options);
    await this.good({ method: 'PUT', path, headers, body: bytes, signal });
  }

  /** By the call for services first, then by the change of the record that older ones know. */
  async addLocation(imageId: string, url: string, { signal }: UploadOptions = {}): Promise<boolean> {
    const path = `/v2/images/${imageId}`;
    const location = { url, metadata: {} };
    const tries: readonly Ask[] = [
      { method: 'POST', path: `${path}/locations`, ...asJson({ url }, 'application/json'), signal },
      {
        ...{ method: 'PATCH', path, signal },
        ...asJson(
          [{ op: 'add', path: '/locations/-', value: location }],
          'application/openstack-images-v2.1-json-patch',
        ),
      },
    ];
    for (const ask of tries) {
      const { status } = await this.ask(ask);
      const problem = uploadProblemOfStatus(status);
      if (!problem) return true;
      if (problem === 'away')
        throw new ImageUploadError(problem, `the image service answered ${status} for ${ask.path}`);
    }
    return false;
  }

  /** By the call for services; services that do not know that, or do not allow it, may tell it in the record. */
  async locations(imageId: string, { signal }: UploadOptions = {}): Promise<readonly string[]> {
    const path = `/v2/images/${imageId}`;
    const { status, body } = await this.ask({ method: 'GET', path: `${path}/locations`, signal });
    if (!uploadProblemOfStatus(status)) return urlsOf(locationsSchema.safeParse(jsonOf(body)).data);
    const { body: record } = await this.good({ method: 'GET', path, signal });
    const { locations, direct_url: direct } = recordSchema.safeParse(jsonOf(record)).data ?? {};
    const known = urlsOf(locations);
    return known.length > 0 || !direct ? known : [direct];
  }

  async remove(imageId: string, { signal }: UploadOptions = {}): Promise<void> {
    const path = `/v2/images/${imageId}`;
    const answer = await this.ask({ method: 'DELETE', path, signal });
    if (answer.status !== 404) requireGood(answer, path);
  }

  async close(): Promise<void> {
    this.http.close();
  }

  private async good(ask: Ask): Promise<UploadAnswer> {
    const answer = await this.ask(ask);
    requireGood(answer, ask.path);
    return answer;
  }

  /** Asked again while nobody answers, unless it brings an image's bytes. */
  private async ask(ask: Ask): Promise<UploadAnswer> {
    const { retriesMax = 3, retryWaitMs = 500 } = this.options;
    for (let attempt = 0; ; attempt += 1) {
      const answer = await this.askOnce(ask).catch((error: unknown) => {
        if (!(error instanceof ImageUploadError) || error.problem !== 'away') throw error;
        return error;
      });
      const isAway = answer instanceof Error || uploadProblemOfStatus(answer.status) === 'away';
      if (isAway && attempt < retriesMax && ask.method !== 'PUT') {
        await pause(retryWaitMs * 2 ** attempt, undefined, { signal: ask.signal });
      } else if (answer instanceof Error) throw answer;
      else return answer;
    }
  }

  private async askOnce(ask: Ask): Promise<UploadAnswer> {
    const token = await this.token();
    const answer = await this.askWith(ask, token);
    if (answer.status !== 401 || token === undefined || ask.method === 'PUT') return answer;
    return this.askWith(ask, await this.token(token));
  }

  private async askWith({ path, headers, ...ask }: Ask, token: string | undefined): Promise<UploadAnswer> {
    const traceparent = traceparentOf();
    const base = await this.base();
    const own = {
      accept: 'application/json',
      ...(token && { 'x-auth-token': token }),
      ...(traceparent && { traceparent }),
    };
    try {
      return await this.http.ask({ ...ask, url: `${base}${path}`, headers: { ...own, ...headers } });
    } catch (error) {
      if (error instanceof BodySourceError) throw error.cause;
      ask.signal?.throwIfAborted();
      const problem = ask.method === 'PUT' ? 'broken' : 'away';
      throw new ImageUploadError(problem, `${new URL(base).host} does not answer for ${path}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  private async token(refused?: string): Promise<string | undefined> {
    try {
      return await this.options.token?.(refused);
    } catch (cause) {
      throw new ImageUploadError('away', `no token for the image service can be had: ${messageOf(cause)}`, { cause });
    }
  }

  private async base(): Promise<string> {
    const { endpoints } = this.options;
    if (typeof endpoints !== 'function') return firstOf(endpoints);
    try {
      return firstOf(await endpoints());
    } catch (cause) {
      throw new ImageUploadError('away', `where the image service is cannot be told: ${messageOf(cause)}`, { cause });
    }
  }
}

function firstOf(endpoints: readonly string[]): string {
  const [first] = endpoints;
  if (first === undefined) throw new Error('no endpoint of the image service is configured; name at least one URL');
  return parseServiceEndpoint(first, 'image service').url.replace(/\/v2$/, '');
}

/** Throws unless the answer is a good one; what the service says beside its status is for the operator. */
function requireGood({ status, body }: UploadAnswer, path: string): void {
  const problem = uploadProblemOfStatus(status);
  if (!problem) return;
  const said = body
    .toString('utf8')
    .replace(/<[^>]*>|[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const complaint = said ? `: ${said.slice(0, complaintCharsMax)}` : '';
  throw new ImageUploadError(problem, `the image service answered ${status} for ${path}${complaint}`);
}

/** A Glance behind uwsgi reads as much of JSON as is announced, and nothing of what comes in chunks. */
function asJson(value: unknown, type: string) {
  const bytes = Buffer.from(JSON.stringify(value));
  return { headers: { 'content-type': type, 'content-length': String(bytes.length) }, body: once(bytes) };
}

/** Iterable again and again, so that a question can be asked twice. */
function once(bytes: Buffer): AsyncIterable<Buffer> {
  return {
    async *[Symbol.asyncIterator]() {
      yield bytes;
    },
  };
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
