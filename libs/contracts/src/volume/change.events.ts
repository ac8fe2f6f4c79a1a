import { z } from 'zod';
import { projectIdField, sizeGibField, userIdField } from '../fields';
import { imageIdentitySchema } from '../image/image-identity';
import { createDecisionSchema } from './create-decision';
import { failureSchema } from './failure';
import { volumeTypeSchema } from './volume-type';

const texts = z.record(z.string(), z.string());

/** What happens to a volume between its creation and its deletion. What a host owes is named `…Requested`, and ends in one of two. */
export const changeEvents = {
  /** Absent: as it was. */
  VolumeUpdated: {
    version: 1,
    data: z.object({ name: z.string().nullable().optional(), description: z.string().nullable().optional() }),
  },
  /** The whole dictionary as it is from now on. */
  VolumeMetadataSet: { version: 1, data: z.object({ metadata: texts }) },
  /** The whole dictionary as it is from now on. */
  VolumeImageMetadataSet: { version: 1, data: z.object({ imageMetadata: texts }) },
  VolumeBootableSet: { version: 1, data: z.object({ bootable: z.boolean() }) },
  VolumeReadOnlySet: { version: 1, data: z.object({ readOnly: z.boolean() }) },
  /** By an administrator; absent: as it was. What a host still owed is given up. */
  VolumeStatusReset: {
    version: 1,
    data: z.object({
      status: z.string().optional(),
      attachStatus: z.enum(['attached', 'detached']).optional(),
      migrationStatus: z.string().nullable().optional(),
    }),
  },
  VolumeRetyped: { version: 1, data: z.object({ volumeType: volumeTypeSchema }) },

  VolumeExtensionRequested: { version: 1, data: z.object({ fromGib: sizeGibField, toGib: sizeGibField }) },
  VolumeExtended: { version: 1, data: z.object({ toGib: sizeGibField }) },
  VolumeExtensionFailed: { version: 1, data: z.object({ failure: failureSchema }) },

  VolumeRevertRequested: { version: 1, data: z.object({ snapshotId: z.uuid() }) },
  VolumeReverted: { version: 1, data: z.object({ snapshotId: z.uuid() }) },
  VolumeRevertFailed: { version: 1, data: z.object({ snapshotId: z.uuid(), failure: failureSchema }) },

  /** The image's record is there, queued; its bytes are owed. */
  VolumeUploadRequested: {
    version: 1,
    data: z.object({
      imageId: z.uuid(),
      imageName: z.string(),
      diskFormat: z.string(),
      containerFormat: z.string(),
      visibility: z.string(),
      /** Project that owns the image's record. */
      imageOwner: z.string().nullable(),
    }),
  },
  VolumeUploaded: {
    version: 1,
    data: z.object({
      imageId: z.uuid(),
      /** `upload`: bytes were sent; `location`: the image's location is a volume of ours. */
      method: z.enum(['upload', 'location']),
      bytesUploaded: z.int().min(0),
    }),
  },
  VolumeUploadFailed: { version: 1, data: z.object({ imageId: z.uuid(), failure: failureSchema }) },
  /**
   * Of an upload that was given up, when the volume was deleted or its status reset: the image has got its bytes all the same, or its
   * record is gone.
   */
  VolumeUploadSettled: { version: 1, data: z.object({ imageId: z.uuid() }) },

  /** All that is in the volume is replaced by an image's bytes. */
  VolumeReimageRequested: { version: 1, data: z.object({ image: imageIdentitySchema }) },
  VolumeReimaged: {
    version: 1,
    data: z.object({ imageMetadata: texts, decision: createDecisionSchema.nullable() }),
  },
  VolumeReimageFailed: { version: 1, data: z.object({ failure: failureSchema }) },

  /** The key that the new owner has to name is kept as a salted SHA-256 only. */
  VolumeTransferCreated: {
    version: 1,
    data: z.object({
      transferId: z.uuid(),
      name: z.string().nullable(),
      salt: z.string(),
      keyHash: z.string(),
      /** Snapshots stay behind unless told: a volume with snapshots goes with them. */
      noSnapshots: z.boolean(),
    }),
  },
  VolumeTransferAccepted: {
    version: 1,
    data: z.object({ transferId: z.uuid(), projectId: projectIdField, userId: userIdField }),
  },
  VolumeTransferDeleted: { version: 1, data: z.object({ transferId: z.uuid() }) },

  /** Not ours any more; the backend keeps the object under its name. */
  VolumeUnmanaged: { version: 1, data: z.object({}) },
} as const;
