import { evictReasons, imageProofs, strategies } from '@hearth/contracts';
import { z } from 'zod';
import { commonFields } from './notice';

const entryFields = {
  ...commonFields,
  image_id: z.uuid(),
  host: z.string().describe('host@backend#pool of the cache'),
  image_volume_id: z.uuid().nullable().describe('the copy; null where none is involved, or the log no longer names it'),
  generation: z.int().min(1).nullable().describe('ordinal of the copy in its pool; null where none is involved'),
};

/** Of the cache: one schema for each type of notice. In hit, miss and bypass the volume is the tenant's; else the image-volume. */
export const cacheNoticeSchemas = {
  'image_volume_cache.hit': z
    .object({
      ...entryFields,
      joined: z.boolean().describe('true when it waited for a copy that another create had begun'),
    })
    .describe('A volume was cloned from a copy of its image.'),
  'image_volume_cache.miss': z
    .object({ ...entryFields, failed: z.boolean().describe('true when the volume did not come to be') })
    .describe('A volume had its image copied into the cache first.'),
  'image_volume_cache.create': z
    .object({
      ...entryFields,
      digest: z.string().nullable().describe('<algorithm>:<hex> of the image as it was received'),
      verified_by: z.enum(imageProofs),
      bytes_downloaded: z.int().min(0),
      bytes_written: z.int().min(0),
    })
    .describe('A copy of an image is ready to be cloned.'),
  'image_volume_cache.evict': z
    .object({ ...entryFields, reason: z.enum(evictReasons) })
    .describe('A copy of an image serves no longer; its space is free at its volume.delete.end.'),
  'image_volume_cache.bypass': z
    .object({
      ...entryFields,
      reason: z.string().describe('why the cache was not used, such as cache-disabled'),
      strategy: z.enum(strategies).describe('how the volume was made instead'),
      bytes_downloaded: z.int().min(0),
    })
    .describe('A volume was made from an image without the cache.'),
};
