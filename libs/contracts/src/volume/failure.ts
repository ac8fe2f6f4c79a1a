import { z } from 'zod';

/** Why work on a volume failed, as a closed union: what a retry elsewhere depends on, and what a user is told. */
export const failureCodes = [
  'image.connection_failed',
  'image.download_failed',
  'image.hash_mismatch',
  'image.signature_invalid',
  'image.not_found',
  'image.unacceptable',
  'image.too_big',
  'image.copy_failed',
  'image.upload_failed',
  'backend.full',
  'backend.failed',
  'backend.object_missing',
  'backend.unsupported',
  'source.not_found',
  'encryption.key_unavailable',
  'cache.not_admitted',
  'placement.no_valid_backend',
] as const;
export type FailureCode = (typeof failureCodes)[number];

export const failureSchema = z.object({
  code: z.enum(failureCodes),
  /** A sentence that a tenant may read. */
  reason: z.string(),
  /** What an operator needs beside it: the object, the cause; never a secret. */
  detail: z.string().optional(),
});

export type Failure = Readonly<z.infer<typeof failureSchema>>;
