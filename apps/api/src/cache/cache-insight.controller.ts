import {
  cacheChangeView,
  cacheEntryAtView,
  cachePoolAtView,
  cacheStatisticsView,
  entryMarker,
  pageView,
  parseCacheAdvice,
  parseCacheDifference,
  parseCacheShadow,
  parseCacheState,
  parseCacheStatistics,
} from '@hearth/cinder-v3';
import {
  findCacheDifference,
  findCacheStatistics,
  listCacheChanges,
  listCacheEntriesAt,
  listCachePoolsAt,
} from '@hearth/read-model';
import { Controller, Inject } from '@nestjs/common';
import { Call, type CallContext } from '../http/request-context';
import { Serves } from '../http/serves';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';
import { adviseOn, shadowOf } from './advice/recorded-decisions';
import { findPool } from './named-pools';
import { checkBegun, knownMoment } from './past-moments';

/** What the image-volume caches were, did, and would do. */
@Controller()
export class CacheInsightController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves('cache.state')
  async state(@Call() call: CallContext) {
    const { database } = this.services;
    const asked = parseCacheState(call.query);
    await this.checkPool(asked.pool);
    const moment = { at: await knownMoment(this.services, asked.at, 'at'), pool: asked.pool };
    const [pools, entries] = await Promise.all([
      listCachePoolsAt(database, moment),
      listCacheEntriesAt(database, moment, asked),
    ]);
    const last = entries.at(-1);
    // The pages that follow are of the same moment.
    const page = { ...call, limit: asked.limit, query: withParameter(call.query, 'at', moment.at) };
    return {
      at: moment.at,
      pools: pools.map(cachePoolAtView),
      ...pageView('entries', entries.map(cacheEntryAtView), page, { marker: last && entryMarker(last) }),
    };
  }

  @Serves('cache.difference')
  async difference(@Call() call: CallContext) {
    const { database } = this.services;
    const asked = parseCacheDifference(call.query);
    await this.checkPool(asked.pool);
    const from = await knownMoment(this.services, asked.from, 'from');
    const to = await knownMoment(this.services, asked.to, 'to');
    const moments = { from, to, pool: asked.pool };
    const [totals, changes] = await Promise.all([
      findCacheDifference(database, moments),
      listCacheChanges(database, moments, asked),
    ]);
    const last = changes.at(-1);
    const page = { ...call, limit: asked.limit, query: withParameter(call.query, 'to', to) };
    const { sizeGibBefore, sizeGibAfter, ...counts } = totals;
    return {
      ...{ from, to, totals: { ...counts, size_gib_before: sizeGibBefore, size_gib_after: sizeGibAfter } },
      ...pageView('changes', changes.map(cacheChangeView), page, { marker: last && entryMarker(last) }),
    };
  }

  @Serves('cache.statistics')
  async statistics(@Call() { query }: CallContext) {
    const { by, ...asked } = parseCacheStatistics(query);
    await this.checkPool(asked.pool);
    await checkBegun(this.services, asked.from, 'from');
    const [[total], parts] = await Promise.all([
      findCacheStatistics(this.services.database, asked),
      by === undefined ? [] : findCacheStatistics(this.services.database, { ...asked, by }),
    ]);
    return {
      statistics: { total: cacheStatisticsView(total!), by: by ?? null, parts: parts.map(cacheStatisticsView) },
    };
  }

  @Serves('cache.advice')
  async advice(@Call() { query }: CallContext) {
    return { advice: await adviseOn(this.services, parseCacheAdvice(query)) };
  }

  @Serves('cache.shadow')
  async shadow(@Call() { query }: CallContext) {
    return { shadow: await shadowOf(this.services, parseCacheShadow(query)) };
  }

  /** Throws a fault of 404 for a pool that is not there. */
  private async checkPool(pool: string | undefined): Promise<void> {
    if (pool !== undefined) await findPool(this.services, pool);
  }
}

function withParameter(query: URLSearchParams, name: string, value: string): URLSearchParams {
  const changed = new URLSearchParams(query);
  changed.set(name, value);
  return changed;
}
