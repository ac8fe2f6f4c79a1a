import { z } from 'zod';
import { bytesField, durationMsField, generationField, poolRefField } from '../fields';
import { fillSourceSchema } from '../image/fill-evidence';

/** The ways to make a volume from an image, in the order in which they are tried. */
export const strategies = ['driver-clone', 'image-volume-clone', 'cache', 'download'] as const;
export type Strategy = (typeof strategies)[number];

/**
 * How a create was served: `hit`, a ready copy was cloned; `joined`, it waited for a fill that another create had begun;
 * `miss`, it began the fill; `bypass`, the cache was not used.
 */
export const outcomes = ['hit', 'joined', 'miss', 'bypass'] as const;
export type Outcome = (typeof outcomes)[number];

/** The one decision of a create from an image; it stands in the volume's commit that ends the create. */
export const createDecisionSchema = z.object({
  outcome: z.enum(outcomes),
  strategy: z.enum(strategies),
  /** Why the outcome is what it is, as a typed reason: `cached`, `not-cached`, `cache-disabled`, `larger-than-cache`, … */
  reason: z.string(),
  /** The strategies tried before and why each said no. */
  declined: z.array(z.object({ strategy: z.enum(strategies), reason: z.string() })),
  entry: z.object({ pool: poolRefField, generation: generationField, imageVolumeId: z.uuid() }).nullable(),
  /** How the driver made the volume out of its source: `reflink`, `overlay`, `copy`, …; null where nothing was cloned. */
  cloneMethod: z.string().nullable(),
  /** Bytes fetched for this create alone: 0 for a hit or a joiner. */
  bytesDownloaded: bytesField,
  /** Bytes of data written to the backend for this create alone. */
  bytesWritten: bytesField,
  /** Hash of the image's bytes that vouches for the content, `<algorithm>:<hex>`; null when none was computed. */
  digest: z.string().nullable(),
  /** Where this create's own fill or download took the bytes; null or absent for a hit or a joiner. */
  source: fillSourceSchema.nullable().optional(),
  /** Milliseconds by step: `wait`, `fill`, `lease`, `clone`, `download`, … */
  durationsMs: z.record(z.string(), durationMsField),
});

export type CreateDecision = Readonly<z.infer<typeof createDecisionSchema>>;

/** What no cache has a part in, whatever its rules and size: an image that is cloned where it lies, and an encrypted volume. */
export const uncacheable = {
  strategies: ['driver-clone', 'image-volume-clone'],
  reasons: ['encrypted'],
} as const satisfies { readonly strategies: readonly Strategy[]; readonly reasons: readonly string[] };

/**
 * Whether a copy could have served it: advice is made of these. What the rules of today keep out (a cache that is switched off, access,
 * limits) counts, as other rules might let it in.
 */
export function isCacheable(decision: { readonly strategy: string; readonly reason: string | null }): boolean {
  const isOf = (words: readonly (string | null)[], word: string | null) => words.includes(word);
  return !isOf(uncacheable.strategies, decision.strategy) && !isOf(uncacheable.reasons, decision.reason);
}
