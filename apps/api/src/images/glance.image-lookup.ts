import { badRequest, conflict, type FaultError, unavailable } from '@hearth/cinder-v3';
import { isUuid } from '@hearth/kernel';
import { inSpan } from '@hearth/event-sourcing';
import { z } from 'zod';
import { glanceRecordSchema, seenImage } from './glance.record';
import type { ImageLookup } from './image-lookup';

export interface GlanceOptions {
  /** One URL or several; the next is asked when one does not answer. */
  readonly glanceUrl: readonly string[];
  /** How often a question is asked again, beyond the first time. */
  readonly glanceRetriesMax: number;
  /** How long one answer may take. */
  readonly glanceTimeoutMs: number;
}

const pageSchema = z.looseObject({ images: z.array(glanceRecordSchema) });

/** Asks Glance v2 with the caller's token, so that nobody reaches an image that is not theirs to read. */
export function glanceImageLookup(options: GlanceOptions): ImageLookup {
  return {
    resolve: (reference, token) =>
      inSpan('image.resolve', { attributes: { 'hearth.image': reference } }, async () => {
        const name = reference.slice(reference.lastIndexOf('/') + 1);
        if (isUuid(name.toLowerCase())) return show(options, name.toLowerCase(), token);
        return find(options, name, token);
      }),
  };
}

async function show(options: GlanceOptions, id: string, token: string) {
  const answer = await ask(options, `/v2/images/${id}`, token);
  if (answer === undefined) throw unknownImage();
  return seenImage(parse(glanceRecordSchema, answer));
}

async function find(options: GlanceOptions, name: string, token: string) {
  const answer = await ask(options, `/v2/images?${new URLSearchParams({ name, limit: '2' }).toString()}`, token);
  // Names are compared once more: a service that knows no filter by name would answer with all it has.
  const images = answer === undefined ? [] : parse(pageSchema, answer).images.filter((image) => image.name === name);
  const [image, another] = images;
  if (!image) throw unknownImage();
  if (another) throw conflict(`Multiple matches found for '${name}', use an ID to be more specific.`);
  return seenImage(image);
}

const unknownImage = () => badRequest('Invalid image identifier or unable to access requested image.');

function parse<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.output<Schema> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw away(`it answered with what is no image: ${z.prettifyError(parsed.error)}`);
}

/** The body of an answer; undefined when the caller may not see it, or there is none. Throws a fault of 503. */
async function ask(options: GlanceOptions, path: string, token: string): Promise<unknown> {
  const { glanceUrl, glanceRetriesMax } = options;
  let problem: FaultError | undefined;
  for (let attempt = 0; attempt <= glanceRetriesMax; attempt += 1) {
    const endpoint = glanceUrl[attempt % glanceUrl.length]!;
    try {
      return await askOne(`${endpoint.replace(/\/+$/, '')}${path}`, token, options.glanceTimeoutMs);
    } catch (error) {
      problem = away(`${new URL(endpoint).host}: ${reasonOf(error)}`, error);
    }
  }
  throw problem ?? away('no endpoint is configured');
}

const denied = [400, 401, 403, 404];

async function askOne(url: string, token: string, timeoutMs: number): Promise<unknown> {
  const response = await fetch(url, {
    headers: { 'X-Auth-Token': token, Accept: 'application/json' },
    signal: AbortSignal.timeout(timeoutMs),
    redirect: 'error',
  });
  if (response.ok) return response.json();
  await response.body?.cancel();
  if (denied.includes(response.status)) return undefined;
  throw new Error(`it answered ${response.status}`);
}

/** `fetch` hides what went wrong in the cause. */
function reasonOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}

/** The client learns that the image service is away, the log why. */
function away(reason: string, cause?: unknown): FaultError {
  const message = 'The image service cannot be asked just now. Please try again.';
  return unavailable(message, { cause: new Error(`the image service: ${reason}`, { cause }) });
}
