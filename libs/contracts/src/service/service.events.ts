import { z } from 'zod';
import { defineCategory, type EventOf } from '../contract';
import { cacheSettingsSchema } from './cache-settings';

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
