import {
  cachePinView,
  cachePoolDetail,
  cacheRemovalView,
  notFound,
  parseCachePins,
  parseCleanCache,
  parseClearCache,
  parsePinImage,
  parsePruneCache,
  parseSwitchCache,
} from '@hearth/cinder-v3';
import { isUuid } from '@hearth/kernel';
import { listCachePins, listCacheShares } from '@hearth/read-model';
import { Body, Controller, Inject, Param } from '@nestjs/common';
import { Call, type CallContext } from '../http/request-context';
import { Serves } from '../http/serves';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';
import { findPool, namedPools } from './named-pools';
import { pinImage, unpinImage } from './pin-image';
import { actOf, decide, openPoolCache } from './pool-cache';
import { removeFrom, type RemovalOptions, type RemovalPlan } from './removal';
import { cleaning, clearing, pruning } from './removal-plans';
import { toldOrStored } from './told-or-stored';

/** What an operator may do to the image-volume caches. */
@Controller()
export class CacheActsController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves('cache.clear')
  async clear(@Body() body: unknown, @Call() call: CallContext) {
    const asked = parseClearCache(body ?? {});
    return { removal: await this.remove(asked, clearing({ ...asked, now: this.now() }), call) };
  }

  @Serves('cache.prune')
  async prune(@Body() body: unknown, @Call() call: CallContext) {
    const asked = parsePruneCache(body ?? {});
    return { removal: await this.remove(asked, pruning(this.services, asked, this.now()), call) };
  }

  @Serves('cache.clean')
  async clean(@Body() body: unknown, @Call() call: CallContext) {
    const asked = parseCleanCache(body ?? {});
    const removal = await this.remove(asked, cleaning, call);
    // Image-volumes and strangers on the backends are their hosts' affair, which the janitor wakes.
    const wanted = asked.dryRun ? [] : cleaningPasses;
    const passes = await Promise.all(wanted.map((pass) => this.services.passes.run(pass)));
    return { removal, passes };
  }

  @Serves('cache.switch')
  async switch(@Param('pool') name: string, @Body() body: unknown, @Call() call: CallContext) {
    const { on, ready } = parseSwitchCache(body ?? {});
    const { database } = this.services;
    const known = await findPool(this.services, name);
    const { pool } = known;
    const shares = await listCacheShares(database, pool);
    const cache = await openPoolCache(this.services, pool);
    const act = actOf(this.services, call);
    const command = on ? ({ do: 'SwitchOn', ...act } as const) : ({ do: 'SwitchOff', ready, ...act } as const);
    const { sequence } = await decide(cache, command, pool, call);
    await this.services.projected(sequence);
    const off = on ? switchedOn : { offReady: ready, offAt: act.at, offBy: act.by };
    return toldOrStored(
      async () => cachePoolDetail(await findPool(this.services, pool), await listCacheShares(database, pool)),
      () => cachePoolDetail({ ...known, ...off }, shares),
    );
  }

  @Serves('cache.pins')
  async pins(@Call() { query }: CallContext) {
    return { pins: (await listCachePins(this.services.database, parseCachePins(query))).map(cachePinView) };
  }

  @Serves('cache.pin')
  async pin(@Body() body: unknown, @Call() call: CallContext) {
    const asked = parsePinImage(body ?? {});
    const pins = await pinImage(this.services, asked, call);
    return { pins: pins.map(cachePinView) };
  }

  @Serves('cache.unpin')
  async unpin(@Param('pinned_image_id') id: string, @Call() call: CallContext): Promise<void> {
    const { pool } = parseCachePins(call.query);
    if (!isUuid(id)) throw notFound('Pin of image', id);
    await unpinImage(this.services, { imageId: id.toLowerCase(), pool }, call);
  }

  private now(): string {
    return new Date(this.services.clock.now()).toISOString();
  }

  private async remove(
    asked: RemovalOptions & { readonly pools: readonly string[] | undefined },
    plan: RemovalPlan,
    call: CallContext,
  ) {
    const pools = (await namedPools(this.services, asked.pools)).map(({ pool }) => pool);
    return cacheRemovalView(await removeFrom(this.services, pools, plan, asked, call), asked);
  }
}

const switchedOn = { offReady: null, offAt: null, offBy: null };

/** Passes of the janitor that remove what was evicted and what is nobody's. */
const cleaningPasses = ['reap-retired', 'reconcile'];
