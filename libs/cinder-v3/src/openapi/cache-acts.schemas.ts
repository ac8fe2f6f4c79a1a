import { prefetchOutcomes } from '@hearth/contracts';
import { z } from 'zod';
import { actor } from './cache.schemas';
import { progressSchema } from './response.schemas';

const nullableText = z.string().nullable();
const count = z.int().min(0);
const instant = z.iso.datetime();

export const cachePinSchema = z.strictObject({
  pool: z.string(),
  image_id: z.uuid(),
  note: nullableText,
  pinned_by: actor,
  pinned_at: instant,
});

export const cachePrefetchSchema = z.strictObject({
  id: z.uuid().nullable().describe('Null for one that was skipped: nothing was asked for.'),
  pool: z.string(),
  image_id: z.uuid(),
  image_name: nullableText,
  status: z.enum(['queued', 'running', 'skipped', ...prefetchOutcomes]),
  reason: nullableText.describe('Why it was skipped, or has failed.'),
  failure: z.strictObject({ code: z.string(), reason: z.string() }).nullable(),
  cancelling: z.boolean(),
  entry_generation: z.int().min(1).nullable(),
  progress: progressSchema.nullable(),
  pin: z.boolean(),
  deadline: instant.nullable(),
  requested_by: actor.nullable(),
  requested_at: instant.nullable(),
  ended_at: instant.nullable(),
});

export const cachePolicySchema = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  image_id: z.uuid().nullable(),
  image_name: nullableText,
  image_properties: z.record(z.string(), z.string()).nullable(),
  pools: z.array(z.string()),
  matched_pools: z.array(z.string()).describe('Of the pools with a cache that is on, those that it is about now.'),
  keep: count,
  pin: z.boolean(),
  every_seconds: count,
  enabled: z.boolean(),
  defined_by: actor,
  created_at: instant,
  updated_at: instant,
});

export const removalSchema = z.strictObject({
  dry_run: z.boolean(),
  count: count.describe('Entries that serve no longer, or would not.'),
  size_gib: count,
  remaining: count.describe('What one request leaves for the next.'),
  skipped: count.describe('Came into use, or were given up by others, meanwhile.'),
  pools: z.array(
    z.strictObject({
      pool: z.string(),
      count,
      size_gib: count,
      remaining: count,
      in_use: count.describe('Entries that stay because creates hold them.'),
      pinned: count.describe('Entries that stay because their images are pinned.'),
      filling: count,
      retired_count: count.describe('That wait for the removal of their image-volumes.'),
      retired_gib: count,
    }),
  ),
  entries: z.array(
    z.strictObject({
      id: z.uuid(),
      pool: z.string(),
      generation: z.int().min(1),
      image_id: z.uuid(),
      size_gib: count,
      reason: z.string(),
    }),
  ),
});

export const cachePassSchema = z.strictObject({
  pass: z.string(),
  status: z.enum(['done', 'failed', 'unreachable']),
  detail: z.unknown().describe('What the janitor says of it.'),
});
