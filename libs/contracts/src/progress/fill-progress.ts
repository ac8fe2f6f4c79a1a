import { z } from 'zod';
import { bytesField, generationField, instantField, poolRefField, volumeIdField } from '../fields';
import { downloadProgressKey, fillProgressKey } from '../subjects';

/** What a running fill does: fetches from the image service, converts what was stored, or fetches from another host. */
export const fillPhases = ['download', 'convert', 'peer'] as const;
export type FillPhase = (typeof fillPhases)[number];

/**
 * How far the writing of an image has come. No fact: it lives in a bucket whose entries expire, and nothing of it is kept. Into an
 * image-volume it has the generation; straight into a volume it has none, and the volume is the one that is written.
 */
export const fillProgressSchema = z
  .object({
    pool: poolRefField,
    /** Of the image-volume that is filled; null for a download straight into a volume. */
    generation: generationField.nullable(),
    /** The create that runs it; null for a fill that no create began. */
    volumeId: volumeIdField.nullable(),
    imageId: z.uuid(),
    phase: z.enum(fillPhases),
    /** Rises when it begins anew: it has less of a phase than before, or comes back to a phase that it had left. */
    run: z.int().min(1).default(1),
    /** Bytes of the phase, done and in all. */
    bytesDone: bytesField,
    bytesTotal: bytesField,
    /** Of the phase's bytes, rounded down. */
    percent: z.int().min(0).max(100),
    startedAt: instantField,
    /** When it was looked at. */
    at: instantField,
  })
  .refine(({ generation, volumeId }) => generation !== null || volumeId !== null, {
    error: 'neither a generation nor a volume is named',
  });

export type FillProgress = Readonly<z.infer<typeof fillProgressSchema>>;

/** What a fill or a download is known by, in the progress bucket and in notices. Throws when neither is named. */
export function progressKey({ pool, generation, volumeId }: Pick<FillProgress, 'pool' | 'generation' | 'volumeId'>) {
  if (generation !== null) return fillProgressKey(pool, generation);
  if (volumeId !== null) return downloadProgressKey(volumeId);
  throw new Error(`a fill in ${pool} names neither a generation nor a volume`);
}
