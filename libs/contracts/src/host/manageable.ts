import { z } from 'zod';
import { poolRefField } from '../fields';

/** What is asked of a host under `manageableSubject`: what lies in a pool of its and could be taken over. */
export const manageableRequestSchema = z.object({ pool: poolRefField });
export type ManageableRequest = Readonly<z.infer<typeof manageableRequestSchema>>;

const manageableObjectSchema = z.object({
  /** What the driver's `adopt` would be called with. */
  sourceName: z.string().min(1),
  /** Whole GiB, rounded up. */
  sizeGib: z.int().min(0),
});

export const manageableErrorCodes = ['unknown-pool', 'unsupported', 'unavailable', 'failed'] as const;

/**
 * The host's answer. Objects that belong to volumes are among them, under the names that the driver gives them: who asks knows
 * which volumes there are. `unsupported`: the backend cannot take anything over. `reason` is a sentence for an administrator.
 */
export const manageableAnswerSchema = z.union([
  z.object({ objects: z.array(manageableObjectSchema) }),
  z.object({ error: z.object({ code: z.enum(manageableErrorCodes), reason: z.string() }) }),
]);
export type ManageableAnswer = Readonly<z.infer<typeof manageableAnswerSchema>>;
