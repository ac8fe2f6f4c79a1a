import { z } from 'zod';
import { actorSchema } from '../actor';
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
  'clone-failed',
  'lost',
  'ttl',
  'unused',
  'drained',
  'superseded',
] as const;
export type EvictReason = (typeof evictReasons)[number];

/** In which order entries are given up when room is needed; see `order` in the domain. */
export const evictionPolicies = ['lru', 'sieve', 'cost-aware'] as const;
export type EvictionPolicy = (typeof evictionPolicies)[number];

/** What happened to an image at the image service: `hidden`, it is not visible any more. */
export const suspensionCauses = ['deactivated', 'deleted', 'hidden'] as const;
export type SuspensionCause = (typeof suspensionCauses)[number];

/** How a prefetch ended; the first four are Nova's words. */
export const prefetchOutcomes = ['cached', 'existing', 'error', 'unsupported', 'cancelled', 'expired'] as const;
export type PrefetchOutcome = (typeof prefetchOutcomes)[number];

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

/** What operators, policies and the reconcile with the backend do to a pool's cache. */
const stewardshipEvents = {
  /** The entry serves nobody until its image is usable again; of one that stays deleted or hidden the grace period ends in `evict`. */
  suspended: {
    version: 1,
    data: z.object({
      generation: generationField,
      imageId: z.uuid(),
      cause: z.enum(suspensionCauses),
      at: instantField,
    }),
  },
  resumed: { version: 1, data: z.object({ generation: generationField, imageId: z.uuid(), at: instantField }) },
  /** No rule of the pool's takes the image's entry, which need not be there yet. */
  pinned: {
    version: 1,
    data: z.object({
      imageId: z.uuid(),
      by: actorSchema,
      note: z.string().nullable(),
      at: instantField,
      /** Contents under which an entry of another image serves this one, where it was known: the domain's `sharedContentKeys`. */
      contents: z.array(z.string()).optional(),
    }),
  },
  unpinned: { version: 1, data: z.object({ imageId: z.uuid(), by: actorSchema, at: instantField }) },
  /** No entry serves a new create and none is made; those that are ready go (`drain`) or `stay` for when it is on again. */
  'switched-off': {
    version: 1,
    data: z.object({ ready: z.enum(['drain', 'stay']), by: actorSchema, at: instantField }),
  },
  'switched-on': { version: 1, data: z.object({ by: actorSchema, at: instantField }) },
  /** The first request for a content where only the second within a window makes an entry: it was served without the cache. */
  asked: {
    version: 1,
    data: z.object({
      content: z.string(),
      imageId: z.uuid(),
      volumeId: volumeIdField,
      projectId: projectIdField.nullable(),
      at: instantField,
    }),
  },
  'prefetch-requested': {
    version: 1,
    data: z.object({
      prefetchId: z.uuid(),
      imageId: z.uuid(),
      /** What the image service said of it to whoever asked. */
      image: imageIdentitySchema.optional(),
      by: actorSchema,
      at: instantField,
      /** After it the fill is not begun any more. */
      deadline: instantField.nullable(),
      /** The image was pinned with it. */
      pin: z.boolean(),
    }),
  },
  'prefetch-cancelled': { version: 1, data: z.object({ prefetchId: z.uuid(), by: actorSchema, at: instantField }) },
  'prefetch-ended': {
    version: 1,
    data: z.object({
      prefetchId: z.uuid(),
      imageId: z.uuid(),
      outcome: z.enum(prefetchOutcomes),
      generation: generationField.nullable(),
      failure: failureSchema.nullable(),
      at: instantField,
    }),
  },
  /** How many volumes still depend on the image-volume, as the backend or the log says; from then on every clone counts one up. */
  'dependants-counted': {
    version: 1,
    data: z.object({ generation: generationField, count: z.int().min(0), at: instantField }),
  },
  /** The image-volume has another size on the backend than was recorded. */
  'size-corrected': {
    version: 1,
    data: z.object({
      generation: generationField,
      sizeGib: sizeGibField,
      wasGib: sizeGibField,
      at: instantField,
    }),
  },
  /** An object of the backend that no entry and no volume knew was removed. */
  'orphan-removed': {
    version: 1,
    data: z.object({ objectName: z.string(), sizeGib: z.number().min(0).nullable(), at: instantField }),
  },
} as const;

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
        /** The prefetch that began it. */
        prefetchId: z.uuid().optional(),
        /** The project whose create began it: it counts as that project's share of the cache. */
        projectId: projectIdField.optional(),
        /** The entry in whose place it comes: that one bears no more clones. */
        successorOf: generationField.optional(),
        at: instantField.optional(),
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
        /** It is the failure of whoever began the fill, and of nobody who waits: it counts as no attempt of theirs. */
        ofFiller: z.literal(true).optional(),
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
        at: instantField.optional(),
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
        /** The policy that chose it among others; absent where nothing was to be chosen. */
        policy: z.enum(evictionPolicies).optional(),
        /** Who asked for it; absent where a rule of the pool's did. */
        by: actorSchema.optional(),
        at: instantField.optional(),
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
    ...stewardshipEvents,
  },
  upcasts: {},
});

export type ImageCacheEvent = EventOf<typeof imageCacheContract>;
