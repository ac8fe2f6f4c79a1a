import { z } from 'zod';
import { defineCategory, type EventOf } from '../contract';

/** What the cache of a backend may do, as its configuration says. */
export const cacheSettingsSchema = z.object({
  /** `misconfigured`: switched on, but the internal tenant is not named; volumes are made by download. */
  state: z.enum(['enabled', 'disabled', 'misconfigured']),
  /** Why it is not `enabled`; null when it is. */
  reason: z.string().nullable(),
  /** GiB; 0 is unlimited. */
  maxSizeGib: z.int().min(0),
  /** Entries; 0 is unlimited. */
  maxCount: z.int().min(0),
});

export type CacheSettings = Readonly<z.infer<typeof cacheSettingsSchema>>;

/** Everything that is stored about one backend of one host, in the stream `service/<host@backend>`. */
export const serviceContract = defineCategory({
  category: 'service',
  events: {
    ServiceEnabled: { version: 1, data: z.object({ service: z.string() }) },
    ServiceDisabled: { version: 1, data: z.object({ service: z.string(), reason: z.string() }) },
    CacheSettingsReported: {
      version: 1,
      data: z.object({ service: z.string(), pools: z.array(z.string()), cache: cacheSettingsSchema }),
    },
  },
  upcasts: {},
});

export type ServiceEvent = EventOf<typeof serviceContract>;
