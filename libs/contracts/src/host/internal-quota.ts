import { z } from 'zod';
import { projectIdField, sizeGibField } from '../fields';

/**
 * What a host asks under `internalQuotaSubject` before it makes an image-volume: whether the internal project's quota has room for one more
 * of `sizeGib`, when what that takes the place of is gone.
 */
export const internalQuotaQuestionSchema = z.object({
  projectId: projectIdField,
  sizeGib: sizeGibField,
  /** Image-volumes of the project that are given up for it, and their GiB; none unless told. */
  givesUp: z.object({ volumes: z.int().min(0), gigabytes: z.int().min(0) }).optional(),
  /** Position in the log up to which the host has begun image-volumes of the project; they count, too. */
  since: z.int().min(0).optional(),
});
export type InternalQuotaQuestion = Readonly<z.infer<typeof internalQuotaQuestionSchema>>;

/**
 * An api's answer. Quotas of the internal project are unlimited unless they are set, whatever the defaults of other projects are. `over`
 * names the quota that has no room, its limit and what is taken of it: volumes, or GiB.
 */
export const internalQuotaAnswerSchema = z.union([
  z.object({ verdict: z.literal('within') }),
  z.object({
    verdict: z.literal('over'),
    resource: z.enum(['volumes', 'gigabytes']),
    limit: z.int().min(0),
    inUse: z.int().min(0),
  }),
]);
export type InternalQuotaAnswer = Readonly<z.infer<typeof internalQuotaAnswerSchema>>;
