import { z } from 'zod';
import { actorSchema } from '../actor';
import { defineCategory, type EventOf } from '../contract';
import { instantField } from '../fields';

/** Which images a policy is about: one, or of those that have the name and all the properties the newest. */
export const imageSelectorSchema = z.union([
  z.strictObject({ imageId: z.uuid() }),
  z.strictObject({
    name: z.string().min(1).optional(),
    /** Properties as the image service has them, all of which must be equal. */
    properties: z.record(z.string(), z.string()).optional(),
  }),
]);

export type ImageSelector = Readonly<z.infer<typeof imageSelectorSchema>>;

/** Everything that is stored about one policy of what the caches hold, in the stream `cache-policy/<uuid>`. */
export const cachePolicyContract = defineCategory({
  category: 'cache-policy',
  events: {
    /** The policy is this from now on, whatever it was before. */
    defined: {
      version: 1,
      data: z.object({
        name: z.string(),
        selector: imageSelectorSchema,
        /** `*`, `host@backend#pool`, `host@backend`, or a glob of one in which `*` stands for any text. */
        pools: z.array(z.string().min(1)).min(1),
        /** How many of the newest images that the selector finds are kept. */
        keep: z.int().min(1),
        /** Whether those are pinned. */
        pin: z.boolean(),
        /** Seconds from one run to the next. */
        everySeconds: z.int().min(1),
        enabled: z.boolean(),
        by: actorSchema,
        at: instantField,
      }),
    },
    removed: { version: 1, data: z.object({ by: actorSchema, at: instantField }) },
  },
  upcasts: {},
});

export type CachePolicyEvent = EventOf<typeof cachePolicyContract>;
