import { z } from 'zod';
import { createdVolumeSchema, volumeDetailSchema } from '../openapi/response.schemas';

const nullableText = z.string().nullable();
const texts = z.record(z.string(), z.string());
const cinderTime = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);

/** A volume as its creation answers it, and as it is shown. */
export const createdAnswer = z.strictObject({ volume: createdVolumeSchema }).meta({ title: 'CreatedVolume' });
export const volumeAnswer = z.strictObject({ volume: volumeDetailSchema }).meta({ title: 'Volume' });

/** What the routes of volumes answer beside volumes. */
export const metadataSchema = z.strictObject({ metadata: texts }).meta({ title: 'Metadata' });
export const metadataItemSchema = z.strictObject({ meta: texts }).meta({ title: 'MetadataItem' });
export const imageMetadataSchema = z.strictObject({ metadata: texts }).meta({ title: 'VolumeImageMetadata' });

export const summarySchema = z
  .strictObject({
    'volume-summary': z.strictObject({
      total_count: z.int().min(0),
      total_size: z.int().min(0).describe('GiB.'),
      metadata: z.record(z.string(), z.array(z.string())).optional(),
    }),
  })
  .meta({ title: 'VolumeSummary' });

export const encryptionSchema = z
  .strictObject({
    encryption_key_id: nullableText,
    control_location: z.string().optional(),
    cipher: nullableText.optional(),
    key_size: z.int().nullable().optional(),
    provider: z.string().optional(),
  })
  .meta({ title: 'VolumeEncryption' });

const reference = z.strictObject({ 'source-name': z.string() });
const manageable = z.strictObject({ reference, size: z.int().min(0), safe_to_manage: z.boolean() });

export const manageableSchema = z
  .strictObject({ 'manageable-volumes': z.array(manageable) })
  .meta({ title: 'ManageableVolumes' });
export const manageableDetailsSchema = z
  .strictObject({
    'manageable-volumes': z.array(
      manageable.extend({ reason_not_safe: nullableText, cinder_id: z.uuid().nullable(), extra_info: z.null() }),
    ),
  })
  .meta({ title: 'ManageableVolumeDetails' });

const uploadType = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  description: nullableText,
  is_public: z.boolean(),
  extra_specs: texts,
  qos_specs_id: z.uuid().nullable(),
  created_at: cinderTime,
  updated_at: cinderTime.nullable(),
  deleted_at: z.null(),
  deleted: z.literal(false),
});

export const uploadSchema = z
  .strictObject({
    'os-volume_upload_image': z.strictObject({
      id: z.uuid(),
      updated_at: cinderTime.nullable(),
      status: z.string(),
      display_description: nullableText,
      size: z.int().min(1).describe('GiB.'),
      volume_type: uploadType.nullable(),
      image_id: z.uuid(),
      container_format: z.string(),
      disk_format: z.string(),
      image_name: nullableText,
      protected: z.boolean(),
      visibility: z.string(),
    }),
  })
  .meta({ title: 'UploadedVolume' });

export const resourceFiltersSchema = z
  .strictObject({
    resource_filters: z.array(z.strictObject({ resource: z.string(), filters: z.array(z.string()) })),
  })
  .meta({ title: 'ResourceFilters' });
