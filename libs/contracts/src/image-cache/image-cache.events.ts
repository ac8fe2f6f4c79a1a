import { z } from 'zod';
import { defineCategory, type EventOf } from '../contract';
import {
  bytesField,
  durationMsField,
  generationField,
  instantField,
  projectIdField,
  sizeGibField,
  userIdField,
  volumeIdField,
} from '../fields';
import { fillEvidenceShape, fillSourceSchema } from '../image/fill-evidence';
import { imageIdentitySchema } from '../image/image-identity';
import { failureSchema } from '../volume/failure';

/** Why an entry stopped serving. */
export const evictReasons = [
  'lru',
  'limit',
  'stale',
  'manual',
  'image-deleted',
  'clone-limit',
  'verify-failed',
  'lost',
] as const;
export type EvictReason = (typeof evictReasons)[number];

/** A create that used the pool's cache: who asked, so that subscribers need look nothing up. */
const useFields = {
  volumeId: volumeIdField,
  generation: generationField,
  imageId: z.uuid(),
  projectId: projectIdField,
  userId: userIdField,
  sizeGib: sizeGibField,
  volumeType: z.string(),
  requestId: z.string().nullable(),
};

/** One look at an image-volume's bytes, long after they were written. */
const verificationFields = {
  generation: generationField,
  /** Content digest as it was found. */
  contentDigest: z.string(),
  at: instantField,
  bytesRead: bytesField,
  durationMs: durationMsField,
};

/**
 * Everything that is stored about the image-volume cache of one pool, in the stream `image-cache/<host@backend#pool>`.
 * Entries, GiB, counts and last use are a projection of it. `miss`, `hit`, `create` and `evict` keep Cinder's names; the
 * kinds beside them extend and never replace.
 */
export const imageCacheContract = defineCategory({
  category: 'image-cache',
  events: {
    /** One attempt to fetch an image into a new image-volume; the space is reserved from here on. */
    'fill-started': {
      version: 1,
      data: z.object({
        generation: generationField,
        /** Identity of the content, see `contentKey` in the domain. */
        content: z.string(),
        image: imageIdentitySchema,
        imageVolumeId: volumeIdField,
        /** GiB reserved: the minimal size that holds the image's virtual size. */
        sizeGib: sizeGibField,
        /** The create that began it; null for a prefetch. */
        volumeId: volumeIdField.nullable(),
        /** The process that does the work. */
        host: z.string(),
        incarnation: z.string(),
        /** 1 to 3: a transient failure hands the fill on. */
        attempt: z.int().min(1),
        internalProjectId: projectIdField,
        internalUserId: userIdField,
      }),
    },
    /** The image turned out to need another size than was reserved. */
    'fill-sized': { version: 1, data: z.object({ generation: generationField, sizeGib: sizeGibField }) },
    /** A create waits for a running fill. */
    joined: { version: 1, data: z.object({ generation: generationField, volumeId: volumeIdField }) },
    /**
     * What the entry is a copy of: one that is made from a volume before its upload to the image service begins learns the image's
     * identity when the upload has ended. Until then its content is a name that no image has.
     */
    identified: {
      version: 1,
      data: z.object({
        generation: generationField,
        image: imageIdentitySchema,
        /** See `contentKey` in the domain. */
        content: z.string(),
      }),
    },
    /** The image-volume is whole, synced and servable. */
    create: {
      version: 1,
      data: z.object({
        generation: generationField,
        imageId: z.uuid(),
        imageVolumeId: volumeIdField,
        sizeGib: sizeGibField,
        ...fillEvidenceShape,
        /** Where the bytes came from; absent in facts of fills before there were peers: the image service. */
        source: fillSourceSchema.optional(),
        /** When the image-volume became whole. */
        at: instantField.optional(),
        bytesDownloaded: bytesField,
        bytesWritten: bytesField,
        durationsMs: z.record(z.string(), durationMsField),
      }),
    },
    'fill-failed': {
      version: 1,
      data: z.object({
        generation: generationField,
        failure: failureSchema,
        /** True when another attempt may help: those who wait are handed on. */
        transient: z.boolean(),
      }),
    },
    /** Creates that waited for a fill which has ended: each is woken once more. */
    released: { version: 1, data: z.object({ generation: generationField, volumeIds: z.array(volumeIdField) }) },
    /** A clone of the entry is about to run; the entry is kept until the create has ended. */
    leased: {
      version: 1,
      data: z.object({
        generation: generationField,
        volumeId: volumeIdField,
        outcome: z.enum(['hit', 'joined', 'miss']),
      }),
    },
    /** A create that ended without a volume gives its claim back. */
    'lease-ended': {
      version: 1,
      data: z.object({ generation: generationField, volumeId: volumeIdField, reason: z.string() }),
    },
    hit: { version: 1, data: z.object({ ...useFields, joined: z.boolean() }) },
    miss: { version: 1, data: z.object({ ...useFields, failed: z.boolean() }) },
    /** The entry serves no longer; its image-volume goes when nothing needs it. */
    evict: {
      version: 1,
      data: z.object({
        generation: generationField,
        imageId: z.uuid(),
        imageVolumeId: volumeIdField,
        sizeGib: sizeGibField,
        reason: z.enum(evictReasons),
      }),
    },
    /** The image-volume was read again and holds what was written into it. */
    verified: { version: 1, data: z.object(verificationFields) },
    /** The image-volume was read again and holds something else; it stops serving with the `evict` beside this. */
    'verify-failed': {
      version: 1,
      data: z.object({
        ...verificationFields,
        imageId: z.uuid(),
        imageVolumeId: volumeIdField,
        /** The content digest that was recorded when the image-volume was written. */
        expectedDigest: z.string(),
      }),
    },
    /** The image-volume is gone from the backend. */
    reaped: {
      version: 1,
      data: z.object({ generation: generationField, imageVolumeId: volumeIdField, sizeGib: sizeGibField }),
    },
  },
  upcasts: {},
});

export type ImageCacheEvent = EventOf<typeof imageCacheContract>;
