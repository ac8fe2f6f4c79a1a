import { admissionModes, evictionPolicies, imageAccessRules, suspensionCauses } from '@hearth/contracts';
import { z } from 'zod';
import { cacheSource, progressSchema } from './response.schemas';

const nullableText = z.string().nullable();
export const links = z.array(z.object({ rel: z.string(), href: z.url() }));

const count = z.int().min(0);
const amount = z.number().min(0);
const instant = z.iso.datetime();
const durations = z.record(z.string(), z.number().min(0)).describe('Milliseconds by step.');

export const actor = z.union([
  z.strictObject({ user_id: z.string(), project_id: z.string(), request_id: nullableText }),
  z.strictObject({ policy_id: z.uuid() }),
]);

export const switchedOff = z.strictObject({
  ready: z.enum(['drain', 'stay']).describe('What becomes of the entries.'),
  by: actor,
});

export const cacheSettings = z.strictObject({
  state: z.enum(['enabled', 'disabled', 'misconfigured']),
  reason: nullableText,
  max_size_gib: count,
  max_count: count,
  max_percent: amount,
  policy: z.enum(evictionPolicies),
  watermarks: z.strictObject({ start_percent: amount, stop_percent: amount }),
  ttl_seconds: count,
  remove_unused: z.boolean(),
  minimum_age_seconds: count,
  resized_minimum_age_seconds: count,
  keep_generations: count,
  project_share_percent: amount,
  admission: z.strictObject({ mode: z.enum(admissionModes), window_seconds: count }),
  clone_limit: count,
  grace_seconds: count,
  image_access: z.enum(imageAccessRules),
});

export const cacheEntrySchema = z.strictObject({
  pool: z.string().describe('host@backend#pool'),
  id: z.uuid().describe("Its image-volume's."),
  generation: z.int().min(1).describe('Ordinal of the fill in its pool.'),
  status: z.enum(['filling', 'ready', 'retired', 'reaped']).describe('reaped: its image-volume is gone.'),
  progress: progressSchema.nullable().describe('Null unless it is filled and its host has told of it.'),
  retire_reason: nullableText,
  retired_by: actor.nullable().describe('Who asked for that; null where a rule or a host gave it up.'),
  retire_policy: nullableText.describe('The eviction policy that chose it among others.'),
  suspended: z
    .strictObject({ cause: z.enum(suspensionCauses), at: instant })
    .nullable()
    .describe('It serves nobody until its image can be used again.'),
  pinned: z.boolean().describe("No rule of the pool's takes it."),
  project_id: nullableText.describe('Whose create it was filled for; null for a prefetch, or where it is not known.'),
  prefetch_id: z.uuid().nullable(),
  successor_of: z.int().min(1).nullable().describe('The generation that bore no more clones.'),
  failure: z.strictObject({ code: z.string(), reason: z.string() }).nullable(),
  image_id: z.uuid(),
  image_name: nullableText,
  content: z.string().describe('What makes the bytes the same: a hash, or id and time of the image.'),
  image_volume_id: z.uuid(),
  size_gib: count,
  digest: nullableText,
  verified_by: nullableText,
  content_digest: nullableText.describe("Of the disk's content: what later looks at the copy are compared with."),
  signature: nullableText.describe('verified, absent or unchecked; null where it is not known.'),
  ignored_checks: z
    .array(z.string())
    .nullable()
    .describe('Checks that the image failed and the operator lets pass; null where it is not known.'),
  source: cacheSource.nullable().describe('Where the bytes came from; null where it is not known.'),
  verified_at: instant.nullable().describe('When its bytes were last known to be right.'),
  corruption: z
    .strictObject({ expected_digest: z.string(), found_digest: z.string(), at: instant })
    .nullable()
    .describe('What a later look found instead of what was written.'),
  hits: count,
  used_by: count.describe('Volumes made from it that are there.'),
  dependants: z
    .strictObject({ count, at: instant })
    .nullable()
    .describe('What its host counted on the backend; null where it has not.'),
  claims: count.describe('Creates in progress that need the entry.'),
  leases: count.describe('Those of them whose clone may be running.'),
  bytes_downloaded: count,
  bytes_written: count,
  durations_ms: durations,
  created_at: instant,
  ready_at: instant.nullable(),
  last_used_at: instant,
  retired_at: instant.nullable(),
  reaped_at: instant.nullable(),
});

export const cachePoolSchema = z.strictObject({
  pool: z.string().describe('host@backend#pool'),
  state: z.enum(['enabled', 'disabled', 'misconfigured']).nullable().describe('Null until its host has reported.'),
  reason: nullableText,
  max_size_gib: count.nullable().describe('0 is unlimited.'),
  max_count: count.nullable().describe('0 is unlimited.'),
  off: switchedOff.nullable().describe('Set while an administrator has switched it off.'),
  settings: cacheSettings.nullable().describe('What its host reported, with the defaults of what that does not say.'),
  size_gib: count.describe('Of filling and ready entries.'),
  filling_count: count,
  ready_count: count,
  retired_gib: count,
  retired_count: count,
  pinned_count: count.describe('Images, with an entry or without one.'),
  suspended_count: count,
  hits: count,
  joined: count.describe('Of the hits: those that waited for a fill.'),
  misses: count,
  evictions: count,
  fills_failed: count,
  bytes_downloaded: count.describe('From the image service.'),
  bytes_from_peers: count.describe("From copies of other hosts' pools."),
  updated_at: instant,
});

export const cacheShare = z.strictObject({
  project_id: nullableText.describe('Null: prefetches, and fills of which it is not known for whom they were.'),
  size_gib: count,
  count,
});

export const entryUserSchema = z.strictObject({
  id: z.uuid(),
  name: nullableText,
  project_id: z.string(),
  status: z.string(),
  size: count.describe('GiB.'),
  outcome: z.enum(['hit', 'joined', 'miss', 'bypass']),
  created_at: instant,
});

/** What every list that comes in pages has beside its items. */
export const pageOf = (collection: string) => ({
  [`${collection}_links`]: links.optional(),
  count: count.optional(),
});
