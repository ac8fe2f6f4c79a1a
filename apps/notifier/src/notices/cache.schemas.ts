import { evictReasons, failureCodes, fillSourceKinds, imageProofs, strategies } from '@hearth/contracts';
import { z } from 'zod';
import { commonFields, progressFields } from './notice';

const entryFields = {
  ...commonFields,
  image_id: z.uuid(),
  host: z.string().describe('host@backend#pool of the cache'),
  image_volume_id: z.uuid().nullable().describe('the copy; null where none is involved, or the log no longer names it'),
  generation: z.int().min(1).nullable().describe('ordinal of the copy in its pool; null where none is involved'),
};

const fillFields = {
  ...entryFields,
  filled_for: z.uuid().nullable().describe('the volume whose create began the fill; null where none did'),
};

const sourceFields = {
  source: z.enum(fillSourceKinds).nullable().describe('where the bytes came from; null for a fill that failed'),
  source_host: z.string().nullable().describe('the host whose copy it was; null unless the source is peer'),
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
      ...sourceFields,
      bytes_downloaded: z.int().min(0).describe('fetched from the source'),
      bytes_written: z.int().min(0),
    })
    .describe('A copy of an image is ready to be cloned.'),
  'image_volume_cache.evict': z
    .object({ ...entryFields, reason: z.enum(evictReasons) })
    .describe('A copy of an image serves no longer; its space is free at its volume.delete.end.'),
  'image_volume_cache.corrupt': z
    .object({
      ...entryFields,
      expected_digest: z.string().describe('of the content, <algorithm>:<hex>, as it was written'),
      found_digest: z.string().describe('the same, as it was read again'),
      bytes_read: z.int().min(0),
    })
    .describe('A copy of an image no longer holds what was written into it; its evict, with verify-failed, follows.'),
  'image_volume_cache.fill.start': z
    .object({ ...fillFields, attempt: z.int().min(1).describe('rises when a fill is handed on after a failure') })
    .describe('A copy of an image is begun.'),
  'image_volume_cache.fill.progress': z
    .object({ ...fillFields, ...progressFields })
    .describe(
      'A copy of an image has come further. Best effort: on hearth.live.<type>, kept by no stream; it may be missing, late, or ' +
        'come after the end. At most one in 5 seconds for a fill, and 5 percent apart.',
    ),
  'image_volume_cache.fill.end': z
    .object({
      ...fillFields,
      succeeded: z.boolean(),
      error_code: z.enum(failureCodes).nullable().describe('null for one that succeeded'),
      reason: z.string().nullable().describe('a sentence that users may read; null for one that succeeded'),
      ...sourceFields,
      bytes_downloaded: z.int().min(0).nullable().describe('fetched from the source; null for one that failed'),
    })
    .describe('A copy of an image is ready, or was given up.'),
  'image_volume_cache.bypass': z
    .object({
      ...entryFields,
      reason: z.string().describe('why the cache was not used, such as cache-disabled'),
      strategy: z.enum(strategies).describe('how the volume was made instead'),
      bytes_downloaded: z.int().min(0),
    })
    .describe('A volume was made from an image without the cache.'),
};
