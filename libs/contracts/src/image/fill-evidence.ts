import { z } from 'zod';

/** What vouches for the bytes of an image: the hash that was compared, or `none` when the image service names none. */
export const imageProofs = ['os_hash', 'checksum', 'content_md5', 'none'] as const;

/**
 * What is known of an image's signature: `verified`; `absent`, the image has none; `unchecked`, nobody was to look
 * (`verify_glance_signatures` is disabled).
 */
export const signatureStates = ['verified', 'absent', 'unchecked'] as const;
export type SignatureState = (typeof signatureStates)[number];

/** What proves that a disk holds what its image says. Fields that came later are optional: older facts do not have them. */
export const fillEvidenceShape = {
  /** `<algorithm>:<hex>` of the image's bytes as they were received. */
  digest: z.string().nullable(),
  verifiedBy: z.enum(imageProofs),
  /** Digest of the disk's own content, `sha256-1m:<hex>`: what a later look at it, and a peer's copy, are compared with. */
  contentDigest: z.string().nullable().optional(),
  signature: z.enum(signatureStates).optional(),
  /** Checks that the image failed and that the operator has told to pass over. */
  ignoredChecks: z.array(z.string()).optional(),
};

/** The image service, another host's copy, or the volume that was uploaded to make the image. */
export const fillSourceKinds = ['image-service', 'peer', 'volume'] as const;

/** Where the bytes of a fill came from. */
export const fillSourceSchema = z.object({
  kind: z.enum(fillSourceKinds),
  /** The peer's host; null for any other source. */
  host: z.string().nullable(),
  /** Peers that were asked before and why each did not serve. */
  declined: z.array(z.object({ host: z.string(), reason: z.string() })),
});

export type FillSource = Readonly<z.infer<typeof fillSourceSchema>>;

export type FillEvidence = Readonly<z.infer<z.ZodObject<typeof fillEvidenceShape>>>;
