import { z } from 'zod';

const nullableText = z.string().nullable();
const nullableId = z.uuid().nullable();
const texts = z.record(z.string(), z.string());
const link = z.object({ rel: z.string(), href: z.url() });
const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);

const changed = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  is_public: z.boolean(),
  extra_specs: texts,
  description: nullableText,
});
const created = changed.extend({ 'os-volume-type-access:is_public': z.boolean().optional() });
const type = created.extend({ extra_specs: texts.optional(), qos_specs_id: nullableId.optional() });

export const typeAnswer = z.strictObject({ volume_type: type }).meta({ title: 'VolumeType' });
export const createdType = z.strictObject({ volume_type: created }).meta({ title: 'CreatedVolumeType' });
export const changedType = z.strictObject({ volume_type: changed }).meta({ title: 'ChangedVolumeType' });
export const typeList = z
  .strictObject({ volume_types: z.array(type), volume_type_links: z.array(link).optional() })
  .meta({ title: 'VolumeTypes' });

const ofProject = z.strictObject({ project_id: z.string(), volume_type_id: z.uuid() });
export const defaultType = z.strictObject({ default_type: ofProject }).meta({ title: 'DefaultType' });
export const defaultTypes = z.strictObject({ default_types: z.array(ofProject) }).meta({ title: 'DefaultTypes' });

const nullableTexts = z.record(z.string(), nullableText);
export const extraSpecs = z.strictObject({ extra_specs: nullableTexts }).meta({ title: 'ExtraSpecs' });
export const extraSpec = nullableTexts.meta({ title: 'ExtraSpec' });

export const typeAccess = z
  .strictObject({
    volume_type_access: z.array(z.strictObject({ volume_type_id: z.uuid(), project_id: z.string() })),
  })
  .meta({ title: 'VolumeTypeAccess' });

const encryption = z.strictObject({
  created_at: time,
  updated_at: time.nullable(),
  deleted_at: z.null(),
  deleted: z.literal(false),
  encryption_id: z.uuid(),
  volume_type_id: z.uuid(),
  cipher: nullableText,
  control_location: z.enum(['front-end', 'back-end']),
  key_size: z.int().nullable(),
  provider: z.string(),
});
/** Empty for a type that is not encrypted. */
export const typeEncryption = encryption.partial().meta({ title: 'VolumeTypeEncryption' });
export const encryptionField = z
  .record(z.string(), z.union([z.string(), z.int(), z.boolean(), z.null()]))
  .meta({ title: 'VolumeTypeEncryptionField' });

const sent = z.looseObject({
  key_size: z.int().nullable().optional(),
  provider: z.string().optional(),
  control_location: z.string().optional(),
  cipher: nullableText.optional(),
});
export const changedEncryption = z.strictObject({ encryption: sent }).meta({ title: 'ChangedVolumeTypeEncryption' });
export const createdEncryption = z
  .strictObject({ encryption: sent.extend({ volume_type_id: z.uuid(), encryption_id: z.uuid() }) })
  .meta({ title: 'CreatedVolumeTypeEncryption' });
