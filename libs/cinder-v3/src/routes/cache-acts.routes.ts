import { z } from 'zod';
import * as request from '../cache/cache.requests';
import * as acts from '../openapi/cache-acts.schemas';
import { cachePoolSchema, cacheShare, pageOf } from '../openapi/cache.schemas';
import { text, whole, withCount } from './parameters';
import { defineRoutes } from './route';

const removal = z.strictObject({ removal: acts.removalSchema }).meta({ title: 'CacheRemoval' });
const prefetch = z.strictObject({ prefetch: acts.cachePrefetchSchema }).meta({ title: 'CachePrefetch' });
const policy = z.strictObject({ policy: acts.cachePolicySchema }).meta({ title: 'CachePolicy' });
const pins = z.strictObject({ pins: z.array(acts.cachePinSchema) }).meta({ title: 'CachePins' });
const policyBody = { title: 'DefineCachePolicy', schema: request.cachePolicySchema };

/** What an operator may do to the image-volume caches. */
export const cacheActRoutes = defineRoutes([
  {
    operation: 'cache.clear',
    method: 'POST',
    path: '/v3/cache/clear',
    summary: 'Evict every entry that is not in use, of some pools or all.',
    policy: 'hearth:cache:evict',
    body: { title: 'ClearCache', schema: request.clearCacheSchema },
    success: { status: 200, schema: removal },
    parity: 'own',
  },
  {
    operation: 'cache.prune',
    method: 'POST',
    path: '/v3/cache/prune',
    summary: "Evict down to given targets, or to the pools' own limits and ages where none is given.",
    policy: 'hearth:cache:evict',
    body: { title: 'PruneCache', schema: request.pruneCacheSchema },
    success: { status: 200, schema: removal },
    parity: 'own',
  },
  {
    operation: 'cache.clean',
    method: 'POST',
    path: '/v3/cache/clean',
    summary: 'Evict what serves nobody any more, and have the remains of what was evicted removed now.',
    policy: 'hearth:cache:evict',
    body: { title: 'CleanCache', schema: request.cleanCacheSchema },
    success: {
      status: 200,
      schema: z
        .strictObject({ removal: acts.removalSchema, passes: z.array(acts.cachePassSchema) })
        .meta({ title: 'CacheCleaning' }),
    },
    parity: 'own',
  },
  {
    operation: 'cache.switch',
    method: 'PUT',
    path: '/v3/cache/pools/{pool}/switch',
    summary: "Switch a pool's cache off or on: while it is off no entry serves and none is made.",
    policy: 'hearth:cache:switch',
    body: { title: 'SwitchCache', schema: request.switchCacheSchema },
    success: {
      status: 200,
      schema: z
        .strictObject({ pool: cachePoolSchema.extend({ shares: z.array(cacheShare) }) })
        .meta({ title: 'SwitchedCachePool' }),
    },
    parity: 'own',
  },
  {
    operation: 'cache.pins',
    method: 'GET',
    path: '/v3/cache/pins',
    summary: 'List the images that are pinned.',
    policy: 'hearth:cache:pins',
    parameters: [text('pool', 'Only in this host@backend#pool.'), text('image_id', 'Only this image.')],
    success: { status: 200, schema: pins },
    refusals: [400],
    parity: 'own',
  },
  {
    operation: 'cache.pin',
    method: 'POST',
    path: '/v3/cache/pins',
    summary: 'Pin an image in some pools or all: no rule takes its entry, now or when it comes.',
    policy: 'hearth:cache:pin',
    body: { title: 'PinImage', schema: request.pinImageSchema },
    success: { status: 200, schema: pins },
    parity: 'own',
  },
  {
    operation: 'cache.unpin',
    method: 'DELETE',
    path: '/v3/cache/pins/{pinned_image_id}',
    summary: 'Unpin an image in one pool or all.',
    policy: 'hearth:cache:pin',
    parameters: [text('pool', 'Only in this host@backend#pool.')],
    success: { status: 204 },
    refusals: [400],
    parity: 'own',
  },
  {
    operation: 'cache.prefetches',
    method: 'GET',
    path: '/v3/cache/prefetches',
    summary: 'List what was asked into the caches, with status and progress by image and pool.',
    policy: 'hearth:cache:prefetches',
    parameters: [
      text('pool', 'Only in this host@backend#pool.'),
      text('host', 'Only of this host, host@backend or host@backend#pool.'),
      text('image_id', 'Only of this image.'),
      text('status', 'queued, running, cached, existing, error, unsupported, cancelled, expired; several with commas.'),
      text('request_id', 'Only what this request asked for.'),
      text('policy_id', 'Only what this policy asked for.'),
      text('since', 'Asked for since then: ISO 8601, included.'),
      whole('limit', 'Items a page, 1,000 at the most.'),
      text('marker', 'Id of the last one of the page before.'),
      whole('offset', 'How many to leave out.'),
      text('sort', 'Keys with directions: `requested_at:desc,pool:asc`. Newest first unless told.'),
      { ...withCount, description: 'Count all that match.' },
    ],
    success: {
      status: 200,
      schema: z
        .strictObject({ prefetches: z.array(acts.cachePrefetchSchema), ...pageOf('prefetches') })
        .meta({ title: 'CachePrefetches' }),
    },
    refusals: [400],
    parity: 'own',
  },
  {
    operation: 'cache.prefetch',
    method: 'POST',
    path: '/v3/cache/prefetches',
    summary: 'Have images fetched into the caches of some pools or all, before anybody asks for them.',
    policy: 'hearth:cache:prefetch',
    body: { title: 'PrefetchImages', schema: request.prefetchSchema },
    success: {
      status: 202,
      schema: z.strictObject({ prefetches: z.array(acts.cachePrefetchSchema) }).meta({ title: 'RequestedPrefetches' }),
    },
    parity: 'own',
  },
  {
    operation: 'cache.showPrefetch',
    method: 'GET',
    path: '/v3/cache/prefetches/{prefetch_id}',
    summary: 'Show a prefetch.',
    policy: 'hearth:cache:prefetches',
    success: { status: 200, schema: prefetch },
    parity: 'own',
  },
  {
    operation: 'cache.cancelPrefetch',
    method: 'DELETE',
    path: '/v3/cache/prefetches/{prefetch_id}',
    summary: 'Cancel a prefetch; what runs is stopped unless creates wait for it. One that has ended stays as it is.',
    policy: 'hearth:cache:prefetch',
    success: { status: 202, schema: prefetch },
    parity: 'own',
  },
  {
    operation: 'cache.policies',
    method: 'GET',
    path: '/v3/cache/policies',
    summary: 'List the policies of what is kept in the caches.',
    policy: 'hearth:cache:policies',
    success: {
      status: 200,
      schema: z.strictObject({ policies: z.array(acts.cachePolicySchema) }).meta({ title: 'CachePolicies' }),
    },
    parity: 'own',
  },
  {
    operation: 'cache.createPolicy',
    method: 'POST',
    path: '/v3/cache/policies',
    summary: 'Define a policy: which images, or the newest of which, are kept in which caches.',
    policy: 'hearth:cache:policy',
    body: policyBody,
    success: { status: 201, schema: policy },
    parity: 'own',
  },
  {
    operation: 'cache.showPolicy',
    method: 'GET',
    path: '/v3/cache/policies/{policy_id}',
    summary: 'Show a policy.',
    policy: 'hearth:cache:policies',
    success: { status: 200, schema: policy },
    parity: 'own',
  },
  {
    operation: 'cache.updatePolicy',
    method: 'PUT',
    path: '/v3/cache/policies/{policy_id}',
    summary: 'Define a policy anew: what is not said has its default.',
    policy: 'hearth:cache:policy',
    body: policyBody,
    success: { status: 200, schema: policy },
    parity: 'own',
  },
  {
    operation: 'cache.deletePolicy',
    method: 'DELETE',
    path: '/v3/cache/policies/{policy_id}',
    summary: 'Remove a policy; what it fetched and pinned stays.',
    policy: 'hearth:cache:policy',
    success: { status: 204 },
    parity: 'own',
  },
]);
