import { parsePoolRef } from '@hearth/kernel';
import type { Generation, PoolRef, ProjectId, UserId, VolumeId } from '@hearth/kernel';
import { z } from 'zod';

/** Fields that several schemas share. Brands are put on by the schema, so that what was parsed may be used as its kind. */
export const volumeIdField = z.uuid().transform((text) => text as VolumeId);
export const projectIdField = z
  .string()
  .min(1)
  .max(255)
  .transform((text) => text as ProjectId);
export const userIdField = z
  .string()
  .min(1)
  .max(255)
  .transform((text) => text as UserId);
export const generationField = z
  .int()
  .min(1)
  .transform((ordinal) => ordinal as Generation);
export const poolRefField = z
  .string()
  .refine((text) => parsePoolRef(text) !== undefined, 'not a host@backend#pool')
  .transform((text) => text as PoolRef);

/** Whole GiB, at least 1. */
export const sizeGibField = z.int().min(1);
/** Bytes; JSON numbers hold them exactly up to 8 PiB. */
export const bytesField = z.int().min(0);
export const durationMsField = z.number().min(0);
/** ISO 8601 in UTC. */
export const instantField = z.iso.datetime({ offset: true });
