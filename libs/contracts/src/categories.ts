import { cachePolicyContract, type CachePolicyEvent } from './cache-policy/cache-policy.events';
import { imageCacheContract, type ImageCacheEvent } from './image-cache/image-cache.events';
import { serviceContract, type ServiceEvent } from './service/service.events';
import { volumeContract, type VolumeEvent } from './volume/volume.events';

/** Every category of streams there is. Golden files, the upcasting test and the event stores walk this table. */
export const categories = {
  volume: volumeContract,
  'image-cache': imageCacheContract,
  service: serviceContract,
  'cache-policy': cachePolicyContract,
} as const;

export type Category = keyof typeof categories;

/** The events of each category, in their latest shape. */
export interface EventsOf {
  volume: VolumeEvent;
  'image-cache': ImageCacheEvent;
  service: ServiceEvent;
  'cache-policy': CachePolicyEvent;
}

export function isCategory(text: string): text is Category {
  return Object.hasOwn(categories, text);
}
