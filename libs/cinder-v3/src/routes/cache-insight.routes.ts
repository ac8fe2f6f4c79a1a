import { z } from 'zod';
import * as insight from '../openapi/cache-insight.schemas';
import { pageOf } from '../openapi/cache.schemas';
import { text, whole } from './parameters';
import { defineRoutes } from './route';

const pool = text('pool', 'Only in this host@backend#pool.');
const page = [
  whole('limit', 'Entries a page, 1,000 at the most.'),
  text('marker', 'As the link to the next page has it.'),
];
const recorded = [
  text('pool', 'The host@backend#pool whose requests are looked at.'),
  text('project_id', 'Only requests of this project.'),
  text('from', 'Only requests since then: ISO 8601.'),
];
/** What is told of moments that are not yet certain. */
const newest =
  'The newest instant of the log unless told, or where it is later than that: the answer says which moment it is of.';
const count = z.int().min(0);

/** What the image-volume caches were, did, and would do. */
export const cacheInsightRoutes = defineRoutes([
  {
    operation: 'cache.state',
    method: 'GET',
    path: '/v3/cache/state',
    summary: 'Show what the caches held at a past moment.',
    policy: 'hearth:cache:state',
    parameters: [text('at', `ISO 8601, in UTC unless it says otherwise. ${newest}`), pool, ...page],
    success: {
      status: 200,
      schema: z
        .strictObject({
          at: z.iso.datetime(),
          pools: z.array(insight.cachePoolAtSchema),
          entries: z.array(insight.cacheEntryAtSchema),
          ...pageOf('entries'),
        })
        .meta({ title: 'CacheState' }),
    },
    refusals: [400],
    parity: 'own',
  },
  {
    operation: 'cache.difference',
    method: 'GET',
    path: '/v3/cache/difference',
    summary: 'Show how the caches differ between two moments, and what happened between them.',
    policy: 'hearth:cache:state',
    parameters: [text('from', 'ISO 8601.'), text('to', `ISO 8601. ${newest}`), pool, ...page],
    success: {
      status: 200,
      schema: z
        .strictObject({
          from: z.iso.datetime(),
          to: z.iso.datetime(),
          totals: z.strictObject({
            appeared: count,
            disappeared: count,
            changed: count,
            size_gib_before: count,
            size_gib_after: count,
            hits: count,
            joined: count,
            misses: count,
            fills: count,
            evictions: z.record(z.string(), count).describe('By reason.'),
          }),
          changes: z.array(insight.cacheChangeSchema),
          ...pageOf('changes'),
        })
        .meta({ title: 'CacheDifference' }),
    },
    refusals: [400],
    parity: 'own',
  },
  {
    operation: 'cache.statistics',
    method: 'GET',
    path: '/v3/cache/statistics',
    summary: 'Show hit ratios by requests, bytes and seconds, and what the caches spared.',
    policy: 'hearth:cache:statistics',
    parameters: [
      text('from', 'ISO 8601, included.'),
      text('to', 'ISO 8601, not included.'),
      pool,
      text('image_id', 'Only of this image.'),
      text('project_id', 'Only of this project.'),
      text('by', 'pool, image, project, hour or day.'),
      whole('limit', 'Keys at the most: those with most requests, or the newest hours or days.'),
    ],
    success: {
      status: 200,
      schema: z
        .strictObject({
          statistics: z.strictObject({
            total: insight.cacheStatisticsSchema,
            by: z.enum(['pool', 'image', 'project', 'hour', 'day']).nullable(),
            parts: z.array(insight.cacheStatisticsSchema),
          }),
        })
        .meta({ title: 'CacheStatistics' }),
    },
    refusals: [400],
    parity: 'own',
  },
  {
    operation: 'cache.advice',
    method: 'GET',
    path: '/v3/cache/advice',
    summary: 'Tell how large the cache of a pool should be, from the requests that were recorded.',
    policy: 'hearth:cache:advice',
    parameters: [
      ...recorded,
      text('by', 'What a hit is worth: requests, bytes or seconds.'),
      text('target_percent', 'The share that is to be served.'),
      whole('limit_gib', "The limit to compare with; the pool's own unless told."),
      text('policy', "lru, sieve or cost-aware; the pool's own unless told."),
    ],
    success: {
      status: 200,
      schema: z.strictObject({ advice: insight.cacheAdviceSchema }).meta({ title: 'CacheAdvice' }),
    },
    refusals: [400],
    parity: 'own',
  },
  {
    operation: 'cache.shadow',
    method: 'GET',
    path: '/v3/cache/shadow',
    summary: 'Tell what a policy and a limit would have made of the requests that were recorded, beside what happened.',
    policy: 'hearth:cache:advice',
    parameters: [
      ...recorded,
      text('policy', 'lru, sieve or cost-aware.'),
      whole('limit_gib', '0 is no limit.'),
      whole('max_count', '0 is no limit.'),
      whole('ttl_seconds', '0 is never.'),
      text('admission', 'at-once or second-request.'),
      whole('window_seconds', 'Of the admission by the second request.'),
    ],
    success: {
      status: 200,
      schema: z.strictObject({ shadow: insight.cacheShadowSchema }).meta({ title: 'CacheShadow' }),
    },
    refusals: [400],
    parity: 'own',
  },
]);
