import { z } from 'zod';
import { defineCategory, type EventOf } from '../contract';
import { poolRefField, projectIdField, sizeGibField, userIdField, volumeIdField } from '../fields';
import { imageIdentitySchema } from '../image/image-identity';
import { attachmentEvents } from './attachment.events';
import { changeEvents } from './change.events';
import { createDecisionSchema } from './create-decision';
import { failureSchema } from './failure';
import { snapshotEvents } from './snapshot.events';
import { volumeTypeSchema } from './volume-type';

/** What a volume is made from, besides an image; it is on the pool where the volume has to be. */
export const volumeSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('volume'), volumeId: volumeIdField, pool: poolRefField }),
  z.object({ kind: z.literal('snapshot'), snapshotId: z.uuid(), volumeId: volumeIdField, pool: poolRefField }),
  /** An object of the backend that was not ours, taken over under a volume's name. */
  z.object({ kind: z.literal('existing'), sourceName: z.string().min(1), pool: poolRefField }),
]);
export type VolumeSourceFacts = Readonly<z.infer<typeof volumeSourceSchema>>;

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
        /** Absent: an image, or nothing. */
        source: volumeSourceSchema.optional(),
        /** May have several attachments at once; absent: no. */
        multiattach: z.boolean().optional(),
        /** What the source had: volume_image_metadata and bootable are handed on. Absent: nothing. */
        inherited: z.object({ imageMetadata: z.record(z.string(), z.string()), bootable: z.boolean() }).optional(),
        /** Key manager's id of the key of an encrypted volume. */
        encryptionKeyId: z.string().optional(),
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
        /** GiB of an object that was taken over; absent: as asked. */
        sizeGib: sizeGibField.optional(),
      }),
    },
    VolumeCreateFailed: {
      version: 1,
      data: z.object({ failure: failureSchema, decision: createDecisionSchema.nullable() }),
    },
    /** All its snapshots are to go with it: one event however many there are, for a commit has its limit. */
    VolumeDeletionRequested: {
      version: 1,
      data: z.object({
        userId: userIdField,
        /** Whatever its status; by an administrator. */
        force: z.boolean().optional(),
        /** With its snapshots. */
        cascade: z.boolean().optional(),
      }),
    },
    /** With it went the snapshots that were left. */
    VolumeDeleted: { version: 1, data: z.object({}) },
    /** The snapshots that are left could not go either. */
    VolumeDeletionFailed: { version: 1, data: z.object({ failure: failureSchema }) },
    ...changeEvents,
    ...snapshotEvents,
    ...attachmentEvents,
  },
  upcasts: {},
});

export type VolumeEvent = EventOf<typeof volumeContract>;
