import { fillPhases, fillSourceKinds } from '@hearth/contracts';
import { z } from 'zod';

const nullableText = z.string().nullable();
const texts = z.record(z.string(), z.string());
const link = z.object({ rel: z.string(), href: z.url() });
const count = z.int().min(0);
const instant = z.iso.datetime();
const durations = z.record(z.string(), z.number().min(0)).describe('Milliseconds by step.');

/** UTC without a zone, microseconds: Cinder's habit. */
const cinderTime = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);

export const progressSchema = z
  .strictObject({
    percent: z.int().min(0).max(100).describe('Of the phase.'),
    bytes_done: count,
    bytes_total: count.describe('Bytes of the phase.'),
    phase: z.enum(fillPhases).describe('From the image service, conversion, or from another host.'),
  })
  .describe('How far the copying of the image has come; at most a few seconds old, and best effort.');

export const volumeSummarySchema = z.strictObject({ id: z.uuid(), name: nullableText, links: z.array(link) });

/** What a volume shows of an attachment that is in use. */
const volumeAttachmentSchema = z.strictObject({
  id: z.uuid().describe("The volume's."),
  attachment_id: z.uuid(),
  volume_id: z.uuid(),
  server_id: nullableText,
  host_name: nullableText.describe('For administrators.'),
  device: nullableText,
  attached_at: cinderTime.nullable(),
});

/** A volume as its creation answers it. What is optional came with a microversion or is for administrators. */
export const createdVolumeSchema = z.strictObject({
  id: z.uuid(),
  status: z.string(),
  size: z.int().min(1).describe('GiB.'),
  availability_zone: nullableText,
  created_at: cinderTime,
  updated_at: cinderTime.nullable(),
  name: nullableText,
  description: nullableText,
  volume_type: nullableText,
  snapshot_id: z.uuid().nullable(),
  source_volid: z.uuid().nullable(),
  metadata: texts,
  links: z.array(link),
  user_id: z.string(),
  bootable: z.enum(['true', 'false']),
  encrypted: z.boolean(),
  replication_status: nullableText,
  consistencygroup_id: z.uuid().nullable(),
  multiattach: z.boolean(),
  attachments: z.array(volumeAttachmentSchema),
  migration_status: nullableText.optional(),
  group_id: z.uuid().nullable().optional(),
  provider_id: nullableText.optional(),
  shared_targets: z.boolean().nullable().optional(),
  service_uuid: nullableText.optional(),
  cluster_name: nullableText.optional(),
  volume_type_id: z.uuid().nullable().optional(),
  encryption_key_id: z.string().optional(),
  consumes_quota: z.boolean().optional(),
});

export const volumeDetailSchema = createdVolumeSchema.extend({
  'os-vol-tenant-attr:tenant_id': z.string(),
  'os-vol-mig-status-attr:migstat': nullableText.optional(),
  'os-vol-mig-status-attr:name_id': nullableText.optional(),
  'os-vol-host-attr:host': nullableText.optional(),
  volume_image_metadata: texts.optional(),
  'hearth:progress': progressSchema.optional(),
});

const page = { volumes_links: z.array(link).optional(), count: count.optional() };
export const volumeSummariesSchema = z.strictObject({ volumes: z.array(volumeSummarySchema), ...page });
export const volumeDetailsSchema = z.strictObject({ volumes: z.array(volumeDetailSchema), ...page });

export const cacheSource = z.strictObject({
  kind: z.enum(fillSourceKinds),
  host: nullableText.describe("The peer's host."),
  declined: z
    .array(z.strictObject({ host: z.string(), reason: z.string() }))
    .describe('Peers that were asked before, and why each did not serve.'),
});

const failureSchema = z.strictObject({ code: z.string(), reason: z.string(), detail: z.string().optional() });

/** Which hosts there are is for administrators. */
const explainedSource = cacheSource.partial({ host: true, declined: true });

export const explanationSchema = z.strictObject({
  volume_id: z.uuid(),
  project_id: z.string(),
  name: nullableText,
  status: z.string(),
  size_gib: count,
  image_id: z.uuid().nullable(),
  request_id: nullableText,
  sentence: z.string(),
  decision: z
    .strictObject({
      outcome: z.enum(['hit', 'joined', 'miss', 'bypass']),
      strategy: z.string(),
      reason: z.string(),
      declined: z.array(z.strictObject({ strategy: z.string(), reason: z.string() })),
      clone_method: nullableText,
      bytes_downloaded: count,
      bytes_written: count,
      digest: nullableText,
      source: explainedSource
        .nullable()
        .describe('Where the bytes that were moved for it came from; null where none were, or it is not known.'),
      durations_ms: durations,
      saved_bytes: count.describe('That the copy spared this create.'),
      saved_seconds: z
        .number()
        .min(0)
        .describe('The same in time: what making the copy took, less what this create took.'),
      entry: z
        .strictObject({ pool: z.string(), generation: z.int().min(1), image_volume_id: z.uuid() })
        .nullable()
        .optional(),
    })
    .nullable(),
  progress: progressSchema.nullable(),
  failure: failureSchema.nullable(),
  created_at: instant,
  launched_at: instant.nullable(),
  deleted_at: instant.nullable(),
  placements: z
    .array(
      z.strictObject({
        pool: nullableText,
        at: instant,
        rejected: z.array(z.strictObject({ pool: z.string(), reason: z.string() })),
        failure: failureSchema.nullable(),
      }),
    )
    .optional(),
  cache_uses: z.array(z.strictObject({ pool: z.string(), generation: z.int(), outcome: z.string() })).optional(),
  cache_claims: z.array(z.strictObject({ pool: z.string(), generation: z.int(), stage: z.string() })).optional(),
});
