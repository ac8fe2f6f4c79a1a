import { admissionModes, evictionPolicies, suspensionCauses } from '@hearth/contracts';
import { z } from 'zod';
import { actor, cacheSettings, switchedOff } from './cache.schemas';

const nullableText = z.string().nullable();
const count = z.int().min(0);
const amount = z.number().min(0);
const instant = z.iso.datetime();

export const historyEventSchema = z.strictObject({
  pool: z.string(),
  type: z.string(),
  at: instant,
  sequence: count.describe('Position in the log.'),
  ordinal: count.describe('Place in that commit.'),
  generation: z.int().min(1).nullable(),
  image_id: z.uuid().nullable(),
  by: actor.nullable(),
  request_id: nullableText,
  data: z.unknown().describe('The fact as it is stored.'),
});

export const cacheEntryAtSchema = z.strictObject({
  id: z.uuid(),
  pool: z.string(),
  generation: z.int().min(1),
  image_id: z.uuid(),
  image_name: nullableText,
  content: z.string(),
  project_id: nullableText,
  status: z.enum(['filling', 'ready', 'retired']),
  size_gib: count,
  suspended: z.enum(suspensionCauses).nullable(),
  pinned: z.boolean(),
  since: instant.describe('When it became so.'),
  hits: count.describe('Up to then.'),
  last_used_at: instant.nullable().describe('By a create that had ended.'),
});

export const cachePoolAtSchema = z.strictObject({
  pool: z.string(),
  size_gib: count,
  filling_count: count,
  ready_count: count,
  retired_gib: count,
  retired_count: count,
  pinned_count: count,
  suspended_count: count,
  off: switchedOff.nullable(),
  settings: cacheSettings.nullable(),
});

const aspect = z
  .strictObject({ status: z.string(), size_gib: count, suspended: nullableText })
  .nullable()
  .describe('Null: it was not there.');

export const cacheChangeSchema = z.strictObject({
  id: z.uuid(),
  pool: z.string(),
  generation: z.int().min(1),
  image_id: z.uuid(),
  image_name: nullableText,
  before: aspect,
  after: aspect,
});

const ratios = z
  .strictObject({ requests: amount, bytes: amount, seconds: amount })
  .describe(
    'Shares of what the cache was asked for, 0 to 1; joined creates are hits. Null where it was asked for nothing.',
  );

export const cacheStatisticsSchema = z.strictObject({
  key: nullableText,
  requests: count.describe('All creates from images; a reimage is none.'),
  hits: count,
  joined: count,
  misses: count,
  bypasses: count,
  failed: count.describe('Creates that ended without a volume; none of them is counted as a hit, a miss or a bypass.'),
  hit_ratio: ratios.nullable(),
  bytes_downloaded: count,
  bytes_saved: count,
  seconds: amount.describe('That all creates took.'),
  seconds_saved: amount,
});

const sums = z.strictObject({ requests: amount, bytes: amount, seconds: amount });
const curveValue = z.strictObject({ limit_gib: amount, ratio: amount });
const happened = z.strictObject({
  hits: sums,
  misses: sums,
  bypasses: sums,
  hits_at_first_request: count.describe('Of copies that are older than the decisions.'),
});
const decided = z.strictObject({
  pool: z.string(),
  decisions: count,
  limited: z.boolean().describe('There were more: these are the newest.'),
  from: instant.nullable(),
  to: instant.nullable(),
  assumed_sizes: count.describe('Requests for contents that never had a copy, and were taken for 1 GiB.'),
});

export const cacheAdviceSchema = z.strictObject({
  ...decided.shape,
  by: z.enum(['requests', 'bytes', 'seconds']),
  contents: count,
  days: amount,
  demand: z.strictObject({ total: sums, compulsory: sums.describe('First requests: no size serves them.') }),
  happened,
  curves: z.array(
    z.strictObject({
      policy: z.enum(evictionPolicies),
      points: z.array(z.strictObject({ limit_gib: amount, hits: sums, ratios: sums })),
    }),
  ),
  most: curveValue.nullable(),
  knee: curveValue.nullable(),
  current: z
    .strictObject({ policy: z.enum(evictionPolicies), limit_gib: amount, ratios: z.record(z.string(), amount) })
    .nullable(),
  target: z.strictObject({ hit_ratio: amount, reached: curveValue.nullable() }).nullable(),
  recommended: curveValue.nullable(),
  sentences: z.array(z.string()),
});

const given = z.strictObject({ count, size_gib: amount });

export const cacheShadowSchema = z.strictObject({
  ...decided.shape,
  rules: z.strictObject({
    policy: z.enum(evictionPolicies),
    limit_gib: amount,
    max_count: count,
    ttl_seconds: count,
    admission: z.strictObject({ mode: z.enum(admissionModes), window_seconds: count }),
  }),
  demand: z.strictObject({ total: sums, compulsory: sums }),
  would: z.strictObject({
    hits: sums,
    ratios: sums,
    evictions: given,
    expired: given,
    not_cached: z.strictObject({ larger_than_limit: count, not_admitted: count }),
    size_gib: z.strictObject({ most: amount, last: amount }),
  }),
  happened: z.strictObject({ ...happened.shape, ratios: sums, evictions: given.nullable() }),
  gained: z.strictObject({ requests: z.number(), bytes: z.number(), seconds: z.number() }),
});
