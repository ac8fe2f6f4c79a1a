import { z } from 'zod';

/** How a volume of an encrypted type is encrypted; the key itself is in the key manager. */
export const encryptionSpecSchema = z.object({
  provider: z.string(),
  cipher: z.string().nullable(),
  /** Bits. */
  keySize: z.int().min(1).nullable(),
  controlLocation: z.enum(['front-end', 'back-end']),
});
export type EncryptionSpec = Readonly<z.infer<typeof encryptionSpecSchema>>;

/** A volume type as it was when the request was accepted. */
export const volumeTypeSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  extraSpecs: z.record(z.string(), z.string()),
  /** Of the QoS specs that are associated with the type, for the front end or both; passed on to who connects. */
  qosSpecs: z.record(z.string(), z.string()).optional(),
  encryption: encryptionSpecSchema.optional(),
});
export type VolumeTypeFacts = Readonly<z.infer<typeof volumeTypeSchema>>;
