import { cacheEntryView, cachePoolView, parseCacheEntries } from '@hearth/cinder-v3';
import { Controller, Inject } from '@nestjs/common';
import { Call, type CallContext } from '../http/request-context';
import { Serves } from '../http/serves';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';

/** The image-volume cache as an operator sees it: an extension of ours, for administrators. */
@Controller()
export class CacheController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves('cache.entries')
  async entries(@Call() { query }: CallContext) {
    const { reads, fills } = this.services;
    const entries = await reads.listCacheEntries(parseCacheEntries(query));
    const progressOf = ({ status, pool, generation }: (typeof entries)[number]) =>
      status === 'filling' ? fills.ofEntry(pool, generation) : undefined;
    return { entries: entries.map((entry) => cacheEntryView({ ...entry, progress: progressOf(entry) })) };
  }

  @Serves('cache.pools')
  async pools() {
    const pools = await this.services.reads.listCachePools();
    return { pools: pools.map(cachePoolView) };
  }
}
