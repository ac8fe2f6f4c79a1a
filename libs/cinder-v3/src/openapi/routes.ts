import { z } from 'zod';
import * as response from './response.schemas';

/** A query parameter or header, as the document describes it. */
export interface ParameterDoc {
  readonly name: string;
  readonly in: 'query' | 'header';
  readonly description: string;
  readonly type?: 'string' | 'integer' | 'boolean';
}

/** One operation of the API. Paths begin behind the host; `{project_id}` may be left out where `projectOptional`. */
export interface RouteDoc {
  readonly method: 'get' | 'post' | 'delete';
  readonly path: string;
  readonly summary: string;
  readonly projectOptional?: boolean;
  /** Nobody is asked for a token. */
  readonly open?: boolean;
  readonly parameters?: readonly ParameterDoc[];
  readonly body?: 'CreateVolume';
  readonly success: { readonly status: number; readonly schema?: z.ZodType; readonly contentType?: string };
  /** Statuses of refusals beside those that every route may have. */
  readonly refusals?: readonly number[];
}

const text = (name: string, description: string): ParameterDoc => ({ name, in: 'query', description });

const listParameters: readonly ParameterDoc[] = [
  { name: 'limit', in: 'query', description: 'Volumes a page, 1,000 at the most.', type: 'integer' },
  text('marker', 'Id of the last volume of the page before.'),
  { name: 'offset', in: 'query', description: 'Volumes to leave out.', type: 'integer' },
  text('sort', 'Keys with directions: `size:desc,name:asc`. Newest first unless told.'),
  { name: 'all_tenants', in: 'query', description: 'Of all projects; for administrators.', type: 'boolean' },
  { name: 'with_count', in: 'query', description: 'Count all that match; from 3.45.', type: 'boolean' },
  text('status', 'Only with this status.'),
  text('name', 'Only with this name.'),
  text('availability_zone', 'Only in this zone.'),
  { name: 'bootable', in: 'query', description: 'Only bootable ones, or only others.', type: 'boolean' },
  text('metadata', 'A dictionary whose pairs must all be among the metadata.'),
  text('glance_metadata', 'The same of volume_image_metadata.'),
];

const idempotencyKey: ParameterDoc = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Any text of at most 255 visible characters, unique in the project. The same key with the same body is the same volume, ' +
    'however often it is sent.',
};

const version = z.looseObject({ id: z.string(), status: z.string(), version: z.string(), min_version: z.string() });
const versions = z.strictObject({ versions: z.array(version) }).meta({ title: 'Versions' });
const health = z.looseObject({ status: z.enum(['ok', 'failing']) }).meta({ title: 'Health' });

/** Every operation that is served; the document is made from it, and the app's own routes are tested against it. */
export const routes: readonly RouteDoc[] = [
  { method: 'get', path: '/', summary: 'Versions.', open: true, success: { status: 300, schema: versions } },
  { method: 'get', path: '/v3', summary: 'Versions.', success: { status: 200, schema: versions } },
  {
    method: 'get',
    path: '/v3/{project_id}/volumes',
    summary: 'List volumes.',
    projectOptional: true,
    parameters: listParameters,
    success: { status: 200, schema: response.volumeSummariesSchema.meta({ title: 'Volumes' }) },
    refusals: [400, 404],
  },
  {
    method: 'get',
    path: '/v3/{project_id}/volumes/detail',
    summary: 'List volumes in detail.',
    projectOptional: true,
    parameters: listParameters,
    success: { status: 200, schema: response.volumeDetailsSchema.meta({ title: 'VolumeDetails' }) },
    refusals: [400, 404],
  },
  {
    method: 'post',
    path: '/v3/{project_id}/volumes',
    summary: 'Create a volume, blank or from an image.',
    projectOptional: true,
    parameters: [idempotencyKey],
    body: 'CreateVolume',
    success: {
      status: 202,
      schema: z.strictObject({ volume: response.createdVolumeSchema }).meta({ title: 'CreatedVolume' }),
    },
    refusals: [400, 403, 404, 409, 413, 415],
  },
  {
    method: 'get',
    path: '/v3/{project_id}/volumes/{volume_id}',
    summary: 'Show a volume.',
    projectOptional: true,
    success: { status: 200, schema: z.strictObject({ volume: response.volumeDetailSchema }).meta({ title: 'Volume' }) },
    refusals: [404],
  },
  {
    method: 'delete',
    path: '/v3/{project_id}/volumes/{volume_id}',
    summary: 'Delete a volume.',
    projectOptional: true,
    success: { status: 202 },
    refusals: [400, 403, 404],
  },
  {
    method: 'get',
    path: '/v3/{project_id}/volumes/{volume_id}/explain',
    summary: 'Explain how a volume came to be, a deleted one too: hit, joined, miss or bypass, why, and what it cost.',
    projectOptional: true,
    success: {
      status: 200,
      schema: z.strictObject({ explanation: response.explanationSchema }).meta({ title: 'Explanation' }),
    },
    refusals: [404],
  },
  {
    method: 'get',
    path: '/v3/cache/entries',
    summary: 'List the copies of images in the image-volume caches; for administrators.',
    parameters: [
      text('pool', 'Only in this host@backend#pool.'),
      text('image_id', 'Only of this image.'),
      text('status', 'filling, ready or retired.'),
    ],
    success: {
      status: 200,
      schema: z.strictObject({ entries: z.array(response.cacheEntrySchema) }).meta({ title: 'CacheEntries' }),
    },
    refusals: [400, 403],
  },
  {
    method: 'get',
    path: '/v3/cache/pools',
    summary: 'List the image-volume caches by pool: settings, use, hits; for administrators.',
    success: {
      status: 200,
      schema: z.strictObject({ pools: z.array(response.cachePoolSchema) }).meta({ title: 'CachePools' }),
    },
    refusals: [403],
  },
  {
    method: 'get',
    path: '/healthcheck',
    summary: 'Whether the process serves, as Cinder tells it.',
    open: true,
    success: {
      status: 200,
      schema: z.strictObject({ detailed: z.boolean(), reasons: z.array(z.string()) }).meta({ title: 'Healthcheck' }),
    },
  },
  {
    method: 'get',
    path: '/health/live',
    summary: 'Whether the process runs.',
    open: true,
    success: { status: 200, schema: health },
  },
  {
    method: 'get',
    path: '/health/ready',
    summary: 'Whether everything the process needs is there; 503 and the reasons while something is missing.',
    open: true,
    success: { status: 200, schema: health },
    refusals: [503],
  },
  {
    method: 'get',
    path: '/metrics',
    summary: 'Metrics for Prometheus.',
    open: true,
    success: { status: 200, contentType: 'text/plain' },
  },
  {
    method: 'get',
    path: '/openapi.json',
    summary: 'This document.',
    open: true,
    success: { status: 200, schema: z.looseObject({ openapi: z.string() }).meta({ title: 'Document' }) },
  },
];
