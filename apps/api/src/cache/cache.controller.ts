import {
  cacheEntryView,
  cachePinView,
  cachePoolDetail,
  cachePoolView,
  cachePrefetchView,
  conflict,
  entryUserView,
  historyEventView,
  historyMarker,
  notFound,
  pageView,
  parseCacheEntries,
  parseCacheHistory,
  parseEntryUsers,
} from '@hearth/cinder-v3';
import { isUuid } from '@hearth/kernel';
import {
  type CacheEntryView,
  findCacheEntry,
  type HistorySubject,
  listCacheHistory,
  listCachePins,
  listCachePrefetches,
  listCacheShares,
  listEntryUsers,
} from '@hearth/read-model';
import { Controller, Inject, Param } from '@nestjs/common';
import { Call, type CallContext } from '../http/request-context';
import { Serves } from '../http/serves';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';
import { retireEntry } from './retire-entry';
import { findPool } from './named-pools';
import { prefetchProgress } from './prefetch-images';
import { toldOrStored } from './told-or-stored';

/** The image-volume caches as an operator sees them: an extension of ours, for administrators. */
@Controller()
export class CacheController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves('cache.entries')
  async entries(@Call() call: CallContext) {
    const asked = parseCacheEntries(call.query);
    const { rows, count } = await this.services.reads.listCacheEntries(asked);
    const page = { ...call, limit: asked.limit };
    return pageView('entries', rows.map(this.view), page, { marker: rows.at(-1)?.id, count });
  }

  @Serves('cache.entry')
  async entry(@Param('entry_id') id: string, @Call() { base }: CallContext) {
    const entry = await this.find(id);
    const links = ['history', 'used-by'].map((rel) => ({ rel, href: `${base}/v3/cache/entries/${entry.id}/${rel}` }));
    return { entry: { ...this.view(entry), links } };
  }

  @Serves('cache.deleteEntry')
  async deleteEntry(@Param('entry_id') id: string, @Call() call: CallContext) {
    const entry = await this.find(id);
    if (entry.status === 'filling')
      throw conflict(`Cache entry ${id} is being filled: it can be deleted once it is ready.`);
    const stored = entry.status === 'ready' ? await retireEntry(this.services, entry, call) : entry;
    const told = await toldOrStored(
      () => this.find(id),
      () => stored,
    );
    return { entry: this.view(told) };
  }

  @Serves('cache.usedBy')
  async usedBy(@Param('entry_id') id: string, @Call() call: CallContext) {
    const asked = parseEntryUsers(call.query);
    const { rows, count } = await listEntryUsers(this.services.database, await this.find(id), asked);
    const page = { ...call, limit: asked.limit };
    return pageView('volumes', rows.map(entryUserView), page, { marker: rows.at(-1)?.id, count });
  }

  @Serves('cache.entryHistory')
  async entryHistory(@Param('entry_id') id: string, @Call() call: CallContext) {
    const { pool, generation } = await this.find(id);
    return this.history({ pool, generation }, call);
  }

  @Serves('cache.image')
  async image(@Param('image_id') id: string) {
    const { database, reads } = this.services;
    const imageId = id.toLowerCase();
    const open = { imageId, status: ['queued', 'running'] };
    const [entries, pins, prefetches] = await Promise.all([
      reads.listCacheEntries({ filters: { imageId }, limit: listedMax }),
      listCachePins(database, { imageId }),
      listCachePrefetches(database, { filters: open, limit: listedMax }),
    ]);
    const isKnown = entries.rows.length + pins.length + prefetches.rows.length > 0;
    if (!isKnown && !(await this.hasHistory(imageId))) throw notFound('Cached image', id);
    return {
      image: {
        id: imageId,
        entries: entries.rows.map(this.view),
        pins: pins.map(cachePinView),
        prefetches: prefetches.rows.map((row) => cachePrefetchView(prefetchProgress(this.services, row))),
      },
    };
  }

  @Serves('cache.imageHistory')
  async imageHistory(@Param('image_id') id: string, @Call() call: CallContext) {
    const imageId = id.toLowerCase();
    if (!(await this.hasHistory(imageId))) throw notFound('Cached image', id);
    return this.history({ imageId }, call);
  }

  @Serves('cache.pools')
  async pools() {
    const pools = await this.services.reads.listCachePools();
    return { pools: pools.map(cachePoolView) };
  }

  @Serves('cache.pool')
  async pool(@Param('pool') name: string) {
    const pool = await findPool(this.services, name);
    return cachePoolDetail(pool, await listCacheShares(this.services.database, pool.pool));
  }

  @Serves('cache.poolHistory')
  async poolHistory(@Param('pool') name: string, @Call() call: CallContext) {
    const { pool } = await findPool(this.services, name);
    return this.history({ pool }, call);
  }

  /** Throws a fault of 404. */
  private async find(id: string): Promise<CacheEntryView> {
    const entry = isUuid(id) ? await findCacheEntry(this.services.database, id.toLowerCase()) : undefined;
    if (!entry) throw notFound('Cache entry', id);
    return entry;
  }

  /** With how far its fill has come. */
  private readonly view = (entry: CacheEntryView) => {
    const { status, pool, generation } = entry;
    const progress = status === 'filling' ? this.services.fills.ofEntry(pool, generation) : undefined;
    return cacheEntryView({ ...entry, progress });
  };

  private async hasHistory(imageId: string): Promise<boolean> {
    if (!isUuid(imageId)) return false;
    return (await listCacheHistory(this.services.database, { imageId }, { uses: false, limit: 1 })).length > 0;
  }

  private async history(subject: HistorySubject, call: CallContext) {
    const asked = parseCacheHistory(call.query);
    const events = await listCacheHistory(this.services.database, subject, asked);
    const last = events.at(-1);
    const page = { ...call, limit: asked.limit };
    return pageView('events', events.map(historyEventView), page, { marker: last && historyMarker(last) });
  }
}

/** An image is in as many pools as there are. */
const listedMax = 1_000;
