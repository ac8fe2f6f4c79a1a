import {
  type CachePolicyRequest,
  cachePolicyView,
  cachePrefetchView,
  pageView,
  parseCachePolicy,
  parseCachePrefetches,
  parsePrefetch,
} from '@hearth/cinder-v3';
import { listCachePolicies, listCachePrefetches } from '@hearth/read-model';
import { Body, Controller, Inject, Param } from '@nestjs/common';
import { Call, type CallContext } from '../http/request-context';
import { Serves } from '../http/serves';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';
import {
  definePolicy,
  enabledPools,
  findPolicy,
  type KnownPolicy,
  removePolicy,
  withMatchedPools,
} from './cache-policies';
import { cancelPrefetch, findPrefetch, prefetchImages, prefetchProgress } from './prefetch-images';

/** What is to be in the image-volume caches, once or by policy. */
@Controller()
export class CachePrefetchesController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves('cache.prefetches')
  async prefetches(@Call() call: CallContext) {
    const asked = parseCachePrefetches(call.query);
    const { rows, count } = await listCachePrefetches(this.services.database, asked);
    const views = rows.map((row) => cachePrefetchView(prefetchProgress(this.services, row)));
    return pageView('prefetches', views, { ...call, limit: asked.limit }, { marker: rows.at(-1)?.id, count });
  }

  @Serves('cache.prefetch')
  prefetch(@Body() body: unknown, @Call() call: CallContext) {
    return prefetchImages(this.services, parsePrefetch(body ?? {}), call);
  }

  @Serves('cache.showPrefetch')
  async showPrefetch(@Param('prefetch_id') id: string) {
    const row = await findPrefetch(this.services, id);
    return { prefetch: cachePrefetchView(prefetchProgress(this.services, row)) };
  }

  @Serves('cache.cancelPrefetch')
  async cancelPrefetch(@Param('prefetch_id') id: string, @Call() call: CallContext) {
    const row = await cancelPrefetch(this.services, id, call);
    return { prefetch: cachePrefetchView(prefetchProgress(this.services, row)) };
  }

  @Serves('cache.policies')
  async policies() {
    const [rows, pools] = await Promise.all([listCachePolicies(this.services.database), enabledPools(this.services)]);
    return { policies: rows.map((row) => cachePolicyView(withMatchedPools(row, pools))) };
  }

  @Serves('cache.showPolicy')
  async showPolicy(@Param('policy_id') id: string) {
    const row = await findPolicy(this.services, id);
    return { policy: cachePolicyView(withMatchedPools(row, await enabledPools(this.services))) };
  }

  @Serves('cache.createPolicy')
  async createPolicy(@Body() body: unknown, @Call() call: CallContext) {
    const policy = parseCachePolicy(body ?? {});
    return this.define({ id: this.services.newId() }, policy, call);
  }

  @Serves('cache.updatePolicy')
  async updatePolicy(@Param('policy_id') id: string, @Body() body: unknown, @Call() call: CallContext) {
    const policy = parseCachePolicy(body ?? {});
    return this.define(await findPolicy(this.services, id), policy, call);
  }

  @Serves('cache.deletePolicy')
  async deletePolicy(@Param('policy_id') id: string, @Call() call: CallContext): Promise<void> {
    await removePolicy(this.services, (await findPolicy(this.services, id)).id, call);
  }

  private async define(known: KnownPolicy, request: CachePolicyRequest, call: CallContext) {
    const pools = await enabledPools(this.services);
    return {
      policy: cachePolicyView(withMatchedPools(await definePolicy(this.services, known, request, call), pools)),
    };
  }
}
