import { GlanceImageRecords, GlanceImageService, type KeystoneClient } from '@hearth/openstack-clients';
import type { Config } from '../config';
import { callerImageLookup } from './caller.image-lookup';

/** The image service as callers use it through the api: their images are found, and records made, with their own tokens. */
export function openImageService(
  { glanceUrl, glanceRetriesMax, glanceTimeoutMs }: Config,
  keystone: Pick<KeystoneClient, 'endpoints'> | undefined,
) {
  const endpoints = glanceUrl ?? (keystone ? () => keystone.endpoints('image') : ['http://127.0.0.1:9292']);
  const imageRecords = new GlanceImageRecords({ endpoints, answerTimeoutMs: glanceTimeoutMs });
  const glance = new GlanceImageService({
    endpoints,
    retriesMax: glanceRetriesMax,
    retryWaitMs: 100,
    answerTimeoutMs: glanceTimeoutMs,
  });
  return {
    images: callerImageLookup(glance, glanceTimeoutMs),
    imageRecords,
    /** Ends every connection. */
    close: async () => {
      await Promise.all([glance.close(), imageRecords.close()]);
    },
  };
}
