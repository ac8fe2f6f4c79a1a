import { traceparentOf } from '@hearth/event-sourcing';
import { z } from 'zod';
import { parseServiceEndpoint } from '../service-endpoint';
import type { CreatedImage, ImageRecords, NewImage } from './create-image';
import type { AskOptions } from './image-service';
import { ImageUploadError, uploadProblemOfStatus } from './upload';
import { type UploadAnswer, UploadHttp } from './upload.request';

export interface GlanceRecordsOptions {
  /** URLs of the image service, or where they are learnt from. The first is asked. */
  readonly endpoints: readonly string[] | (() => Promise<readonly string[]>);
  /** A service that does not answer for this long is not waited for. */
  readonly answerTimeoutMs: number;
}

const recordSchema = z.looseObject({
  id: z.uuid(),
  name: z.string().nullish(),
  disk_format: z.string().nullish(),
  container_format: z.string().nullish(),
  visibility: z.string().nullish(),
  protected: z.boolean().nullish(),
  owner: z.string().nullish(),
});

/** Records of Glance v2. Nothing is asked twice: a record whose answer was lost would be there twice. */
export class GlanceImageRecords implements ImageRecords {
  private readonly http: UploadHttp;

  constructor(private readonly options: GlanceRecordsOptions) {
    const { answerTimeoutMs } = options;
    this.http = new UploadHttp({ stallTimeoutMs: answerTimeoutMs, answerTimeoutMs });
  }

  async create(image: NewImage, options: AskOptions): Promise<CreatedImage> {
    const { body } = await this.ask('POST', '/v2/images', bodyOf(image), 'application/json', options);
    const parsed = recordSchema.safeParse(jsonOf(body));
    if (!parsed.success) throw new ImageUploadError('nonsense', "the image service's answer is no image's record");
    const { data } = parsed;
    return {
      id: data.id,
      name: data.name ?? null,
      diskFormat: data.disk_format ?? image.diskFormat,
      containerFormat: data.container_format ?? image.containerFormat,
      visibility: data.visibility ?? image.visibility ?? 'private',
      protected: data.protected ?? image.protected ?? false,
      owner: data.owner ?? null,
    };
  }

  async remove(image: CreatedImage, options: AskOptions): Promise<void> {
    const path = `/v2/images/${image.id}`;
    try {
      if (image.protected) await this.ask('PATCH', path, unprotect, patchType, options);
      await this.ask('DELETE', path, undefined, undefined, options);
    } catch (error) {
      if (!(error instanceof ImageUploadError) || error.problem !== 'not-found') throw error;
    }
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    this.http.close();
  }

  private async ask(
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body: unknown,
    type: string | undefined,
    { token, signal }: AskOptions,
  ): Promise<UploadAnswer> {
    const traceparent = traceparentOf();
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      accept: 'application/json',
      ...(type !== undefined && { 'content-type': type }),
      // A Glance behind uwsgi reads as much as is announced, and nothing of what comes in chunks.
      ...(bytes && { 'content-length': String(bytes.length) }),
      ...(token && { 'x-auth-token': token }),
      ...(traceparent && { traceparent }),
    };
    const base = await this.base();
    let answer: UploadAnswer;
    try {
      answer = await this.http.ask({
        method,
        url: `${base}${path}`,
        headers,
        ...(bytes && { body: once(bytes) }),
        signal,
      });
    } catch (cause) {
      signal?.throwIfAborted();
      throw new ImageUploadError('away', `${new URL(base).host} does not answer`, { cause });
    }
    const problem = uploadProblemOfStatus(answer.status);
    if (problem) throw new ImageUploadError(problem, complaintOf(answer));
    return answer;
  }

  private async base(): Promise<string> {
    const { endpoints } = this.options;
    try {
      const [first] = typeof endpoints === 'function' ? await endpoints() : endpoints;
      if (first === undefined) throw new Error('no endpoint of the image service is known');
      return parseServiceEndpoint(first, 'image service').url.replace(/\/v2$/, '');
    } catch (cause) {
      throw new ImageUploadError('away', 'where the image service is cannot be told', { cause });
    }
  }
}

const patchType = 'application/openstack-images-v2.1-json-patch';
const unprotect = [{ op: 'replace', path: '/protected', value: false }];

function bodyOf(image: NewImage): Readonly<Record<string, unknown>> {
  return {
    ...image.properties,
    name: image.name,
    disk_format: image.diskFormat,
    container_format: image.containerFormat,
    ...(image.visibility !== undefined && { visibility: image.visibility }),
    ...(image.protected !== undefined && { protected: image.protected }),
  };
}

const complaintCharsMax = 300;

const complaintSchema = z.object({ message: z.string() });

/** What Glance says beside a status of its own, without the page around it. */
function complaintOf({ status, body }: UploadAnswer): string {
  const text = body.toString('utf8');
  const said = (complaintSchema.safeParse(jsonOf(body)).data?.message ?? text)
    .replace(/<head>[\s\S]*?<\/head>/i, ' ')
    .replace(/<[^>]*>|[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return said === '' ? `The image service answered ${status}.` : said.slice(0, complaintCharsMax);
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
