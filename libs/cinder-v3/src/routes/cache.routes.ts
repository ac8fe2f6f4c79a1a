import { z } from 'zod';
import * as acts from '../openapi/cache-acts.schemas';
import * as response from '../openapi/cache.schemas';
import { historyEventSchema } from '../openapi/cache-insight.schemas';
import { flag, text, whole, withCount } from './parameters';
import type { Parameter } from './route';
import { defineRoutes } from './route';

const limit = whole('limit', 'Items a page, 1,000 at the most.');
const marker = text('marker', 'As the link to the next page has it.');

const historyParameters: readonly Parameter[] = [
  text('type', 'Only these, with commas between: create, evict, pinned, hit, …'),
  flag('uses', 'With the creates that used the entries, as hit, joined and miss; true unless told.'),
  text('direction', 'desc, the newest first, or asc.'),
  text('from', 'ISO 8601, included.'),
  text('to', 'ISO 8601, included.'),
  limit,
  marker,
];
const history = z
  .strictObject({ events: z.array(historyEventSchema), ...response.pageOf('events') })
  .meta({ title: 'CacheHistory' });

/** The image-volume caches as an operator sees them: an extension of ours. */
export const cacheRoutes = defineRoutes([
  {
    operation: 'cache.entries',
    method: 'GET',
    path: '/v3/cache/entries',
    summary: 'List the copies of images in the image-volume caches; for administrators.',
    policy: 'hearth:cache:entries',
    parameters: [
      text('pool', 'Only in this host@backend#pool.'),
      text('host', 'Only of this host, host@backend or host@backend#pool.'),
      text('image_id', 'Only of this image.'),
      text('image_name', 'Only of images with this in their name.'),
      text('content', 'Only of this content.'),
      text('status', 'filling, ready or retired, or several with commas between.'),
      text('project_id', 'Only those that this project had filled.'),
      flag('pinned', 'Only of images that are pinned, or are not.'),
      flag('suspended', 'Only those that are suspended, or are not.'),
      text('retire_reason', 'Only those that were given up for this reason: lru, limit, stale, …'),
      whole('min_size', 'GiB, included.'),
      whole('max_size', 'GiB, included.'),
      text('created_since', 'ISO 8601, included.'),
      text('created_before', 'ISO 8601, not included.'),
      text('used_since', 'ISO 8601, included.'),
      text('used_before', 'ISO 8601, not included.'),
      limit,
      text('marker', 'Id of the last one of the page before.'),
      whole('offset', 'How many to leave out.'),
      text('sort', 'Keys with directions: `size_gib:desc,hits:asc`. Newest first unless told.'),
      { ...withCount, description: 'Count all that match.' },
    ],
    success: {
      status: 200,
      schema: z
        .strictObject({ entries: z.array(response.cacheEntrySchema), ...response.pageOf('entries') })
        .meta({ title: 'CacheEntries' }),
    },
    refusals: [400],
    parity: 'own',
  },
  {
    operation: 'cache.entry',
    method: 'GET',
    path: '/v3/cache/entries/{entry_id}',
    summary: 'Show a cache entry by the id of its image-volume, also when that is gone.',
    policy: 'hearth:cache:entries',
    success: {
      status: 200,
      schema: z
        .strictObject({ entry: response.cacheEntrySchema.extend({ links: response.links }) })
        .meta({ title: 'CacheEntry' }),
    },
    parity: 'own',
  },
  {
    operation: 'cache.deleteEntry',
    method: 'DELETE',
    path: '/v3/cache/entries/{entry_id}',
    summary:
      'Take an entry out of service; its image-volume goes when nothing needs it. The answer says what still does.',
    policy: 'hearth:cache:evict',
    success: {
      status: 202,
      schema: z.strictObject({ entry: response.cacheEntrySchema }).meta({ title: 'RetiredCacheEntry' }),
    },
    refusals: [409],
    parity: 'own',
  },
  {
    operation: 'cache.usedBy',
    method: 'GET',
    path: '/v3/cache/entries/{entry_id}/used-by',
    summary: 'List the volumes that were made from an entry and are there.',
    policy: 'hearth:cache:entries',
    parameters: [limit, text('marker', 'Id of the last volume of the page before.'), withCount],
    success: {
      status: 200,
      schema: z
        .strictObject({ volumes: z.array(response.entryUserSchema), ...response.pageOf('volumes') })
        .meta({ title: 'CacheEntryUsers' }),
    },
    refusals: [400],
    parity: 'own',
  },
  {
    operation: 'cache.entryHistory',
    method: 'GET',
    path: '/v3/cache/entries/{entry_id}/history',
    summary: 'List what happened to an entry.',
    policy: 'hearth:cache:history',
    parameters: historyParameters,
    success: { status: 200, schema: history },
    refusals: [400],
    parity: 'own',
  },
  {
    operation: 'cache.image',
    method: 'GET',
    path: '/v3/cache/images/{image_id}',
    summary: 'Show where an image is cached, pinned and being fetched.',
    policy: 'hearth:cache:entries',
    success: {
      status: 200,
      schema: z
        .strictObject({
          image: z.strictObject({
            id: z.uuid(),
            entries: z.array(response.cacheEntrySchema),
            pins: z.array(acts.cachePinSchema),
            prefetches: z.array(acts.cachePrefetchSchema).describe('That have not ended.'),
          }),
        })
        .meta({ title: 'CachedImage' }),
    },
    parity: 'own',
  },
  {
    operation: 'cache.imageHistory',
    method: 'GET',
    path: '/v3/cache/images/{image_id}/history',
    summary: 'List what happened to the entries of an image, in all pools.',
    policy: 'hearth:cache:history',
    parameters: historyParameters,
    success: { status: 200, schema: history },
    refusals: [400],
    parity: 'own',
  },
  {
    operation: 'cache.pools',
    method: 'GET',
    path: '/v3/cache/pools',
    summary: 'List the image-volume caches by pool: settings, use, hits; for administrators.',
    policy: 'hearth:cache:pools',
    success: {
      status: 200,
      schema: z.strictObject({ pools: z.array(response.cachePoolSchema) }).meta({ title: 'CachePools' }),
    },
    parity: 'own',
  },
  {
    operation: 'cache.pool',
    method: 'GET',
    path: '/v3/cache/pools/{pool}',
    summary: 'Show the cache of a pool with what each project takes of it; `#` in the name is `%23`.',
    policy: 'hearth:cache:pools',
    success: {
      status: 200,
      schema: z
        .strictObject({ pool: response.cachePoolSchema.extend({ shares: z.array(response.cacheShare) }) })
        .meta({ title: 'CachePool' }),
    },
    parity: 'own',
  },
  {
    operation: 'cache.poolHistory',
    method: 'GET',
    path: '/v3/cache/pools/{pool}/history',
    summary: 'List what happened to the cache of a pool, without the creates that used it.',
    policy: 'hearth:cache:history',
    parameters: historyParameters.filter(({ name }) => name !== 'uses'),
    success: { status: 200, schema: history },
    refusals: [400],
    parity: 'own',
  },
]);
