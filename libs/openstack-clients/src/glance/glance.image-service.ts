import { traceparentOf } from '@hearth/event-sourcing';
import { z } from 'zod';
import { parseServiceEndpoint, type ServiceEndpoint } from '../service-endpoint';
import type { TokenSource } from '../token-source';
import { problemOfStatus, readBytesHead } from './glance.bytes-head';
import { glanceRecordSchema, shownImage } from './glance.record';
import { discard, type HttpAnswer, HttpGetter, readBody, StalledError } from './http-getter';
import {
  type AskOptions,
  type ImageBytes,
  type ImageService,
  ImageServiceError,
  type OpenOptions,
  type ShownImage,
} from './image-service';

export interface GlanceOptions {
  /** One URL or several of the same service, or who knows them: one of them is asked, and the next when it does not answer. */
  readonly endpoints: readonly string[] | (() => Promise<readonly string[]>);
  /** Whose rights apply where a question brings no token of its own. */
  readonly token?: TokenSource;
  /** How often a question is asked again, beyond the first time (`glance_num_retries`); 3 unless told. */
  readonly retriesMax?: number;
  /** Wait before the first repetition; it doubles with each. 500 unless told. */
  readonly retryWaitMs?: number;
  /** How long until the head of an answer is there, which a slow store may delay; `stallTimeoutMs` unless told. */
  readonly answerTimeoutMs?: number;
  /** Bytes that do not come for this long are not waited for any more; 30,000 unless told. There is no limit for the whole. */
  readonly stallTimeoutMs?: number;
}

const pageSchema = z.looseObject({ images: z.array(glanceRecordSchema) });
/** The body of a record or a page: far above what Glance sends. */
const jsonBytesMax = 4 * 2 ** 20;
/** Of a page that says what is wrong, so much is read. */
const pageBytesMax = 64 * 1024;
/** A host that is up takes a connection much sooner. */
const connectTimeoutMsMax = 10_000;

function parseEndpoints(endpoints: readonly string[]): readonly ServiceEndpoint[] {
  if (endpoints.length === 0) throw new Error('no endpoint of the image service is configured; name at least one URL');
  return endpoints.map((text) => {
    const { url, host } = parseServiceEndpoint(text, 'image service');
    return { url: url.replace(/\/v2$/, ''), host };
  });
}

function endpointSource(endpoints: GlanceOptions['endpoints']): () => Promise<readonly ServiceEndpoint[]> {
  if (typeof endpoints === 'function') return async () => parseEndpoints(await endpoints());
  const known = Promise.resolve(parseEndpoints(endpoints));
  return () => known;
}

/** Glance v2 over HTTP, with connections kept open. */
export class GlanceImageService implements ImageService {
  private readonly http: HttpGetter;
  private readonly stallTimeoutMs: number;
  private readonly endpoints: () => Promise<readonly ServiceEndpoint[]>;
  private readonly tokens: TokenSource | undefined;
  private readonly retriesMax: number;
  private readonly retryWaitMs: number;

  /** Throws when there is no endpoint, or one that is no URL. */
  constructor(options: GlanceOptions) {
    const { endpoints, token, retriesMax = 3, retryWaitMs = 500, stallTimeoutMs = 30_000 } = options;
    const { answerTimeoutMs = stallTimeoutMs } = options;
    this.endpoints = endpointSource(endpoints);
    this.tokens = token;
    this.retriesMax = retriesMax;
    this.retryWaitMs = retryWaitMs;
    this.stallTimeoutMs = stallTimeoutMs;
    this.http = new HttpGetter({
      connectTimeoutMs: Math.min(answerTimeoutMs, connectTimeoutMsMax),
      answerTimeoutMs,
    });
  }

  async show(imageId: string, options: AskOptions = {}): Promise<ShownImage> {
    const record = await this.record(`/v2/images/${imageId}`, glanceRecordSchema, options);
    return shownImage(record);
  }

  async findByName(name: string, options: AskOptions = {}): Promise<readonly ShownImage[]> {
    const query = new URLSearchParams({ name, limit: '2' }).toString();
    const { images } = await this.record(`/v2/images?${query}`, pageSchema, options);
    // Names are compared once more: a service that knows no filter by name would answer with all it has.
    return images.filter((image) => image.name === name).map(shownImage);
  }

  async open(imageId: string, options: OpenOptions = {}): Promise<ImageBytes> {
    const { fromByte = 0 } = options;
    if (!Number.isSafeInteger(fromByte) || fromByte < 0) throw new RangeError(`no byte of a file is at ${fromByte}`);
    const what = `the bytes of image ${imageId}`;
    const answer = await this.ask(`/v2/images/${imageId}/file`, 'application/octet-stream', what, options);
    try {
      return { ...readBytesHead(answer, fromByte, what), chunks: chunksOf(answer.body, what, this.stallTimeoutMs) };
    } catch (error) {
      discard(answer.body);
      throw error;
    }
  }

  /** The JSON that a path answers, checked; throws `ImageServiceError`. */
  async record<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    options: AskOptions = {},
  ): Promise<z.output<Schema>> {
    const { body } = await this.ask(path, 'application/json', path, options);
    const answer = await readJson(body, path, this.stallTimeoutMs);
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw new ImageServiceError(
      'nonsense',
      `the image service's answer to ${path} is none: ${z.prettifyError(parsed.error)}`,
    );
  }

  /** Closes the connections that are kept open. */
  async close(): Promise<void> {
    this.http.close();
  }

  /** The head of a good answer; asks again, and the next endpoint, while nobody answers. */
  private async ask(path: string, accept: string, what: string, options: OpenOptions): Promise<HttpAnswer> {
    const endpoints = await this.endpoints().catch((error: unknown) => {
      throw new ImageServiceError('away', `no image service is known to ask for ${what}: ${messageOf(error)}`, {
        cause: error,
      });
    });
    const first = Math.floor(Math.random() * endpoints.length);
    let problem: ImageServiceError | undefined;
    for (let attempt = 0; attempt <= this.retriesMax; attempt += 1) {
      const { url, host } = endpoints[(first + attempt) % endpoints.length]!;
      if (attempt > 0) await pause(this.retryWaitMs * 2 ** (attempt - 1), options.signal);
      try {
        return await this.askOne(`${url}${path}`, accept, what, options);
      } catch (error) {
        options.signal?.throwIfAborted();
        problem = asProblem(error, what, host);
        if (problem.problem !== 'away') throw problem;
      }
    }
    throw problem ?? new ImageServiceError('away', `nobody was asked for ${what}: retriesMax is ${this.retriesMax}`);
  }

  private async askOne(url: string, accept: string, what: string, options: OpenOptions): Promise<HttpAnswer> {
    const { token, fromByte = 0 } = options;
    const own = token === undefined ? await this.ownToken(what) : undefined;
    let answer = await this.get(url, accept, { ...options, token: token ?? own });
    if (answer.statusCode === 401 && own !== undefined) {
      await skip(answer.body, this.stallTimeoutMs);
      answer = await this.get(url, accept, { ...options, token: await this.ownToken(what, own) });
    }
    const problem = problemOfStatus(answer.statusCode, fromByte);
    if (!problem) return answer;
    // The whole image instead of its end is not waited for; a page that says what is wrong is short.
    if (answer.statusCode < 300) discard(answer.body);
    else await skip(answer.body, this.stallTimeoutMs);
    throw new ImageServiceError(problem, `${new URL(url).host} answered ${answer.statusCode} for ${what}`);
  }

  private async ownToken(what: string, refused?: string): Promise<string | undefined> {
    try {
      return await this.tokens?.(refused);
    } catch (cause) {
      const why = `no token could be had for the image service, to ask for ${what}: ${messageOf(cause)}`;
      throw new ImageServiceError('away', why, { cause });
    }
  }

  private get(url: string, accept: string, { token, signal, fromByte = 0 }: OpenOptions): Promise<HttpAnswer> {
    const traceparent = traceparentOf();
    const headers = {
      accept,
      ...(token && { 'x-auth-token': token }),
      ...(traceparent && { traceparent }),
      ...(fromByte > 0 && { range: `bytes=${fromByte}-` }),
    };
    return this.http.get(url, headers, signal);
  }
}

function asProblem(error: unknown, what: string, host: string): ImageServiceError {
  if (error instanceof ImageServiceError) return error;
  return new ImageServiceError('away', `${host} does not answer for ${what}: ${messageOf(error)}`, { cause: error });
}

/** Reads a short page to its end, so that its connection can be used again; a long one is given up. */
async function skip(body: HttpAnswer['body'], stallTimeoutMs: number): Promise<void> {
  let bytes = 0;
  try {
    for await (const piece of readBody(body, stallTimeoutMs)) if ((bytes += piece.length) > pageBytesMax) return;
  } catch {
    // The status has said already what is wrong.
  }
}

function chunksOf(body: HttpAnswer['body'], what: string, stallTimeoutMs: number): AsyncIterable<Buffer> {
  return {
    [Symbol.asyncIterator]() {
      const reading = readChunks(body, what, stallTimeoutMs);
      return {
        next: () => reading.next(),
        return: () => {
          discard(body); // A generator that was asked for nothing yet would leave the connection as it is.
          return reading.return(undefined);
        },
      };
    },
  };
}

async function* readChunks(body: HttpAnswer['body'], what: string, stallTimeoutMs: number): AsyncGenerator<Buffer> {
  try {
    yield* readBody(body, stallTimeoutMs);
  } catch (error) {
    const stalled = error instanceof StalledError;
    const how = stalled ? 'stalled' : `broke off: ${messageOf(error)}`;
    throw new ImageServiceError('broken', `${what} ${how}`, { cause: error });
  }
}

async function readJson(body: HttpAnswer['body'], path: string, stallTimeoutMs: number): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of readChunks(body, `the answer to ${path}`, stallTimeoutMs)) {
    bytes += part.length;
    if (bytes > jsonBytesMax) throw new ImageServiceError('nonsense', `the answer to ${path} has no end`);
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch (cause) {
    throw new ImageServiceError('nonsense', `the image service's answer to ${path} is no JSON`, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason instanceof Error ? signal.reason : new Error('called off'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
