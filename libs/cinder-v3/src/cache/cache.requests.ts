import { cacheBounds } from '@hearth/contracts';
import { badRequest } from '../fault';
import { checkStorable } from '../http/storable-text';
import { checkWireSchema, type WireSchema } from '../http/wire-schema';
import { instantOf } from './query-values';

const uuid: WireSchema = { type: 'string', format: 'uuid' };
const flag: WireSchema = { type: 'boolean' };
const count: WireSchema = { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 };
const name: WireSchema = { type: 'string', minLength: 1, maxLength: cacheBounds.nameLengthMax };
const pools: WireSchema = {
  type: 'array',
  items: name,
  minItems: 1,
  maxItems: cacheBounds.policyPoolsMax,
  uniqueItems: true,
  description: 'host@backend#pool, host@backend, or a text in which * stands for any; all pools unless told.',
};
/** Entries that one request takes at the most; what is left is told, and taken by asking again. */
const evictionsMax = 1_000;
const max: WireSchema = { type: 'integer', minimum: 1, maximum: evictionsMax };
const dryRun: WireSchema = { ...flag, description: 'Only tells what would go.' };

const under = (key: string, properties: WireSchema['properties'], required: readonly string[] = []): WireSchema => ({
  type: 'object',
  properties: { [key]: { type: 'object', properties, required, additionalProperties: false } },
  required: [key],
  additionalProperties: false,
});

/** The value under a body's one key, checked. Throws a fault of 400. */
function read(body: unknown, schema: WireSchema, key: string): Readonly<Record<string, unknown>> {
  checkWireSchema(body, schema);
  checkStorable(body, key);
  return (body as Readonly<Record<string, Readonly<Record<string, unknown>>>>)[key]!;
}

/** What is to be removed: of which pools, how many entries at once, and whether this is only a question. */
interface Removal {
  readonly pools: readonly string[] | undefined;
  readonly max: number;
  readonly dryRun: boolean;
}

const removal = (asked: Readonly<Record<string, unknown>>): Removal => ({
  pools: asked['pools'] as readonly string[] | undefined,
  max: (asked['max'] as number | undefined) ?? evictionsMax,
  dryRun: asked['dry_run'] === true,
});

const removalFields = { pools, max, dry_run: dryRun };

export const clearCacheSchema = (): WireSchema =>
  under('clear', { ...removalFields, pinned: { ...flag, description: 'Pinned ones too; they stay pinned.' } });

export interface ClearCacheRequest extends Removal {
  readonly pinned: boolean;
}

/** Reads the body of `POST /v3/cache/clear`. Throws a fault of 400. */
export function parseClearCache(body: unknown): ClearCacheRequest {
  const asked = read(body, clearCacheSchema(), 'clear');
  return { ...removal(asked), pinned: asked['pinned'] === true };
}

export const pruneCacheSchema = (): WireSchema =>
  under('prune', {
    ...removalFields,
    size_gib: { ...count, description: 'Down to so many GiB in each pool.' },
    count: { ...count, description: 'Down to so many entries in each pool.' },
    older_than_seconds: { ...count, description: 'Those that were filled so long ago.' },
    unused_for_seconds: { ...count, description: 'Those that nobody used for so long.' },
  });

export interface PruneCacheRequest extends Removal {
  /** None of them: to the pools' own limits and ages. */
  readonly targets: {
    readonly sizeGib: number | undefined;
    readonly count: number | undefined;
    readonly olderThanSeconds: number | undefined;
    readonly unusedForSeconds: number | undefined;
  };
}

/** Reads the body of `POST /v3/cache/prune`. Throws a fault of 400. */
export function parsePruneCache(body: unknown): PruneCacheRequest {
  const asked = read(body, pruneCacheSchema(), 'prune') as Readonly<Record<string, number | undefined>>;
  return {
    ...removal(asked),
    targets: {
      ...{ sizeGib: asked['size_gib'], count: asked['count'] },
      ...{ olderThanSeconds: asked['older_than_seconds'], unusedForSeconds: asked['unused_for_seconds'] },
    },
  };
}

export const cleanCacheSchema = (): WireSchema => under('clean', removalFields);

/** Reads the body of `POST /v3/cache/clean`. Throws a fault of 400. */
export const parseCleanCache = (body: unknown): Removal => removal(read(body, cleanCacheSchema(), 'clean'));

export const switchCacheSchema = (): WireSchema =>
  under(
    'switch',
    {
      on: flag,
      ready: {
        type: 'string',
        enum: ['drain', 'stay'],
        description: 'What becomes of the entries while it is off; they stay unless told.',
      },
    },
    ['on'],
  );

export interface SwitchCacheRequest {
  readonly on: boolean;
  readonly ready: 'drain' | 'stay';
}

/** Reads the body of `PUT /v3/cache/pools/{pool}/switch`. Throws a fault of 400. */
export function parseSwitchCache(body: unknown): SwitchCacheRequest {
  const { on, ready } = read(body, switchCacheSchema(), 'switch') as { on: boolean; ready?: 'drain' | 'stay' };
  if (on && ready !== undefined) throw badRequest("Invalid input received: 'ready' goes with switching off.");
  return { on, ready: ready ?? 'stay' };
}

export const pinImageSchema = (): WireSchema =>
  under('pin', { image_id: uuid, pools, note: { type: ['string', 'null'], maxLength: cacheBounds.noteLengthMax } }, [
    'image_id',
  ]);

export interface PinImageRequest {
  readonly imageId: string;
  readonly pools: readonly string[] | undefined;
  readonly note: string | null;
}

/** Reads the body of `POST /v3/cache/pins`. Throws a fault of 400. */
export function parsePinImage(body: unknown): PinImageRequest {
  const asked = read(body, pinImageSchema(), 'pin');
  return {
    imageId: idOf(asked['image_id']),
    pools: asked['pools'] as readonly string[] | undefined,
    note: (asked['note'] as string | null | undefined) ?? null,
  };
}

export const prefetchSchema = (): WireSchema =>
  under(
    'prefetch',
    {
      images: { type: 'array', items: uuid, minItems: 1, maxItems: 100, uniqueItems: true },
      pools,
      pin: { ...flag, description: 'The images are pinned as well.' },
      deadline: {
        type: ['string', 'null'],
        description: 'ISO 8601; what was not begun by then is not begun any more.',
      },
    },
    ['images'],
  );

export interface PrefetchRequest {
  readonly images: readonly string[];
  readonly pools: readonly string[] | undefined;
  readonly pin: boolean;
  readonly deadline: string | null;
}

/** Reads the body of `POST /v3/cache/prefetches`. Throws a fault of 400. */
export function parsePrefetch(body: unknown): PrefetchRequest {
  const asked = read(body, prefetchSchema(), 'prefetch');
  const images = (asked['images'] as readonly string[]).map(idOf);
  const twice = images.find((id, at) => images.indexOf(id) < at);
  if (twice !== undefined) throw badRequest(`Invalid input received: image ${twice} is named twice.`);
  const deadline = asked['deadline'] as string | null | undefined;
  return {
    images,
    pools: asked['pools'] as readonly string[] | undefined,
    pin: asked['pin'] === true,
    deadline: typeof deadline === 'string' ? instantOf(deadline, 'deadline') : null,
  };
}

/** Cinder's validator takes a UUID with and without dashes, in either case. */
function idOf(value: unknown): string {
  const digits = String(value).replaceAll('-', '').toLowerCase();
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const properties: WireSchema = {
  type: 'object',
  patternProperties: {
    [`^.{1,${cacheBounds.nameLengthMax}}$`]: { type: 'string', maxLength: cacheBounds.nameLengthMax },
  },
  additionalProperties: false,
  maxProperties: cacheBounds.policyPropertiesMax,
};

export const cachePolicySchema = (): WireSchema =>
  under(
    'policy',
    {
      name,
      image_id: { ...uuid, description: 'This one image.' },
      image_name: { ...name, description: 'Else the newest images of this name,' },
      image_properties: {
        ...properties,
        description: 'and with these properties. Public images alone, unless `visibility` or `owner` is one of them.',
      },
      pools,
      keep: {
        type: 'integer',
        minimum: 1,
        maximum: cacheBounds.policyKeepMax,
        description: 'How many of the newest; 1 unless told.',
      },
      pin: flag,
      every_seconds: {
        type: 'integer',
        minimum: cacheBounds.policyEverySecondsMin,
        maximum: cacheBounds.policyEverySecondsMax,
        description: 'An hour unless told.',
      },
      enabled: flag,
    },
    ['name'],
  );

export interface CachePolicyRequest {
  readonly name: string;
  readonly selector:
    { readonly imageId: string } | { readonly name?: string; readonly properties?: Readonly<Record<string, string>> };
  readonly pools: readonly string[];
  readonly keep: number;
  readonly pin: boolean;
  readonly everySeconds: number;
  readonly enabled: boolean;
}

/** Reads the body of a policy. Throws a fault of 400. */
export function parseCachePolicy(body: unknown): CachePolicyRequest {
  const asked = read(body, cachePolicySchema(), 'policy');
  const imageName = asked['image_name'] as string | undefined;
  const wanted = asked['image_properties'] as Readonly<Record<string, string>> | undefined;
  if (asked['image_id'] !== undefined && (imageName !== undefined || wanted !== undefined)) {
    throw badRequest("Invalid input received: 'image_id' names one image; a name or properties cannot go with it.");
  }
  return {
    name: asked['name'] as string,
    selector:
      asked['image_id'] === undefined
        ? { ...(imageName !== undefined && { name: imageName }), ...(wanted && { properties: wanted }) }
        : { imageId: idOf(asked['image_id']) },
    pools: (asked['pools'] as readonly string[] | undefined) ?? ['*'],
    keep: (asked['keep'] as number | undefined) ?? 1,
    pin: asked['pin'] === true,
    everySeconds: (asked['every_seconds'] as number | undefined) ?? 3_600,
    enabled: asked['enabled'] !== false,
  };
}
