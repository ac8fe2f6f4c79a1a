import { z } from 'zod';
import { defineCategory, type EventOf } from '../contract';
import { poolRefField, projectIdField, sizeGibField, userIdField, volumeIdField } from '../fields';
import { imageIdentitySchema } from '../image/image-identity';
import { createDecisionSchema } from './create-decision';
import { failureSchema } from './failure';

/** A volume type as it was when the request was accepted. */
export const volumeTypeSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  extraSpecs: z.record(z.string(), z.string()),
});

/** A pool that was not chosen, and the filter's sentence about it. */
const rejectionSchema = z.object({ pool: poolRefField, reason: z.string() });

/** Everything that is stored about one volume, in its own stream `volume/<id>`. */
export const volumeContract = defineCategory({
  category: 'volume',
  events: {
    VolumeRequested: {
      version: 1,
      data: z.object({
        volumeId: volumeIdField,
        projectId: projectIdField,
        userId: userIdField,
        name: z.string().nullable(),
        description: z.string().nullable(),
        /** The size asked for: the only size a client ever sees. */
        sizeGib: sizeGibField,
        volumeType: volumeTypeSchema,
        availabilityZone: z.string().nullable(),
        metadata: z.record(z.string(), z.string()),
        image: imageIdentitySchema.nullable(),
        /** SHA-256 of the request's content, so that an Idempotency-Key used again with other content is noticed. */
        requestDigest: z.string().optional(),
      }),
    },
    VolumePlaced: {
      version: 1,
      data: z.object({
        pool: poolRefField,
        availabilityZone: z.string(),
        /** 1 for the first placement; rises by one with every retry elsewhere. */
        attempt: z.int().min(1),
        rejected: z.array(rejectionSchema),
      }),
    },
    VolumePlacementFailed: {
      version: 1,
      data: z.object({ failure: failureSchema, rejected: z.array(rejectionSchema) }),
    },
    /** The host gave the volume back: another pool may serve it. */
    VolumeRescheduled: {
      version: 1,
      data: z.object({ pool: poolRefField, failure: failureSchema }),
    },
    /** Bytes are being written straight into the volume (no cache between). */
    VolumeDownloadStarted: { version: 1, data: z.object({ pool: poolRefField }) },
    VolumeProvisioned: {
      version: 1,
      data: z.object({
        pool: poolRefField,
        bootable: z.boolean(),
        /** Shown as volume_image_metadata. */
        imageMetadata: z.record(z.string(), z.string()),
        /** Null for a blank volume. */
        decision: createDecisionSchema.nullable(),
      }),
    },
    VolumeCreateFailed: {
      version: 1,
      data: z.object({ failure: failureSchema, decision: createDecisionSchema.nullable() }),
    },
    VolumeDeletionRequested: { version: 1, data: z.object({ userId: userIdField }) },
    VolumeDeleted: { version: 1, data: z.object({}) },
    VolumeDeletionFailed: { version: 1, data: z.object({ failure: failureSchema }) },
  },
  upcasts: {},
});

export type VolumeEvent = EventOf<typeof volumeContract>;
