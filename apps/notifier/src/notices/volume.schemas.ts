import { failureCodes, outcomes } from '@hearth/contracts';
import { z } from 'zod';
import { commonFields, progressFields } from './notice';

const volumeFields = {
  ...commonFields,
  name: z.string().nullable(),
  image_id: z.uuid().nullable().describe('image that it is made from; null for a blank volume'),
  host: z.string().nullable().describe('host@backend#pool; null before it is placed'),
  availability_zone: z.string().nullable().describe('the zone it is in, or was asked for; null where neither is known'),
};

/** Of volumes: one schema for each type of notice. */
export const volumeNoticeSchemas = {
  'volume.create.start': z.object(volumeFields).describe('A volume was accepted and will be made.'),
  'volume.create.end': z
    .object({
      ...volumeFields,
      bootable: z.boolean(),
      outcome: z
        .enum(outcomes)
        .nullable()
        .describe('how the cache served it; null for blank volumes and image-volumes'),
    })
    .describe('A volume is ready.'),
  'volume.create.error': z
    .object({
      ...volumeFields,
      error_code: z.enum(failureCodes),
      reason: z.string().describe('a sentence that its owner may read'),
    })
    .describe('A volume could not be made.'),
  'volume.download.start': z
    .object(volumeFields)
    .describe('An image is written straight into a volume; its volume.create.end or error ends that.'),
  'volume.download.progress': z
    .object({ ...volumeFields, ...progressFields })
    .describe(
      'An image that is written straight into a volume has come further. Best effort: on hearth.live.<type>, kept by no stream; ' +
        'it may be missing, late, or come after the end. At most one in 5 seconds for a volume, and 5 percent apart.',
    ),
  'volume.delete.start': z.object(volumeFields).describe('A volume will be removed.'),
  'volume.delete.end': z.object(volumeFields).describe('A volume is gone.'),
};
