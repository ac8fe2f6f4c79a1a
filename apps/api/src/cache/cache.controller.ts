import { cacheEntryView, cachePoolView, parseCacheEntries } from '@hearth/cinder-v3';
import { Controller, Get, Inject } from '@nestjs/common';
import { administratorsOnly } from '../http/admission';
import { Call, type CallContext } from '../http/request-context';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';

/** The image-volume cache as an operator sees it: an extension of ours, for administrators. */
@Controller('v3/cache')
export class CacheController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Get('entries')
  async entries(@Call() { caller, query }: CallContext) {
    administratorsOnly(caller, 'hearth:cache:entries');
    const { reads, fills } = this.services;
    const entries = await reads.listCacheEntries(parseCacheEntries(query));
    const progressOf = ({ status, pool, generation }: (typeof entries)[number]) =>
      status === 'filling' ? fills.ofEntry(pool, generation) : undefined;
    return { entries: entries.map((entry) => cacheEntryView({ ...entry, progress: progressOf(entry) })) };
  }

  @Get('pools')
  async pools(@Call() { caller }: CallContext) {
    administratorsOnly(caller, 'hearth:cache:pools');
    const pools = await this.services.reads.listCachePools();
    return { pools: pools.map(cachePoolView) };
  }
}
