import { z } from 'zod';
import { generationField, instantField, poolRefField, sizeGibField, volumeIdField } from '../fields';

/**
 * What is asked of a host under `reconcileSubject`: to compare what lies in a pool of its with what the log knows. With `dryRun` nothing is
 * done, and the answer tells what would be.
 */
export const reconcileRequestSchema = z.object({ pool: poolRefField, dryRun: z.boolean() });
export type ReconcileRequest = Readonly<z.infer<typeof reconcileRequestSchema>>;

/**
 * - `removed`: its object is gone, as far as `orphan-removed` says
 * - `waiting`: found for the first time, or not long enough ago; another look decides
 * - `failed`: the backend does not let it go now
 */
export const orphanStates = ['removed', 'waiting', 'failed'] as const;

/** An object that the log has known, and that nobody owns any more. */
const orphanSchema = z.object({
  objectName: z.string(),
  /** Null where the backend does not say. */
  sizeGib: z.number().min(0).nullable(),
  /** What it was: the image-volume of an entry that is gone, or a volume that was deleted. */
  was: z.enum(['image-volume', 'volume']),
  state: z.enum(orphanStates),
});

/** An entry that is ready by the log, and whose object is not there. */
const ghostSchema = z.object({
  generation: generationField,
  imageId: z.uuid(),
  imageVolumeId: volumeIdField,
  state: z.enum(['evicted', 'waiting']),
});

const sizeSchema = z.object({
  generation: generationField,
  imageVolumeId: volumeIdField,
  sizeGib: sizeGibField,
  wasGib: sizeGibField,
});

const dependantsSchema = z.object({ generation: generationField, count: z.int().min(0), was: z.int().min(0) });

/** Findings that one answer tells of each kind at the most; what is done is done to all, and the totals count all. */
export const findingsToldMax = 1_000;

export const reconcileReportSchema = z.object({
  pool: poolRefField,
  at: instantField,
  dryRun: z.boolean(),
  /** Of all that was looked at. `foreign`: objects whose names the log never knew; they are left alone. */
  totals: z.object({
    objects: z.int().min(0),
    foreign: z.int().min(0),
    orphans: z.int().min(0),
    orphansRemoved: z.int().min(0),
    ghosts: z.int().min(0),
    ghostsEvicted: z.int().min(0),
    sizes: z.int().min(0),
    dependants: z.int().min(0),
  }),
  orphans: z.array(orphanSchema),
  ghosts: z.array(ghostSchema),
  sizes: z.array(sizeSchema),
  /** Entries on which another number of volumes depends than was counted. */
  dependants: z.array(dependantsSchema),
});
export type ReconcileReport = Readonly<z.infer<typeof reconcileReportSchema>>;

export const reconcileErrorCodes = ['unknown-pool', 'unavailable', 'failed'] as const;

/** The host's answer; `reason` is a sentence for an administrator. A look that takes longer than is waited for goes on all the same. */
export const reconcileAnswerSchema = z.union([
  z.object({ report: reconcileReportSchema }),
  z.object({ error: z.object({ code: z.enum(reconcileErrorCodes), reason: z.string() }) }),
]);
export type ReconcileAnswer = Readonly<z.infer<typeof reconcileAnswerSchema>>;
