import { z } from 'zod';
import * as response from '../openapi/response.schemas';
import { text } from './parameters';
import { defineRoutes } from './route';

/** The image-volume cache as an operator sees it: an extension of ours. */
export const cacheRoutes = defineRoutes([
  {
    operation: 'cache.entries',
    method: 'GET',
    path: '/v3/cache/entries',
    summary: 'List the copies of images in the image-volume caches; for administrators.',
    policy: 'hearth:cache:entries',
    parameters: [
      text('pool', 'Only in this host@backend#pool.'),
      text('image_id', 'Only of this image.'),
      text('status', 'filling, ready or retired.'),
    ],
    success: {
      status: 200,
      schema: z.strictObject({ entries: z.array(response.cacheEntrySchema) }).meta({ title: 'CacheEntries' }),
    },
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
]);
