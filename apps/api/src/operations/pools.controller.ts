import {
  capabilitiesView,
  extensionsView,
  extensionView,
  notFound,
  parseListPools,
  type PoolFields,
  poolView,
  zonesView,
} from '@hearth/cinder-v3';
import { meetsExtraSpecs } from '@hearth/domain';
import { Controller, Inject, Param } from '@nestjs/common';
import { Call, type CallContext } from '../http/request-context';
import { Serves } from '../http/serves';
import { findTypeLike } from '../types/find-type';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';
import { backendServices, serviceNotFound } from './services';

/** What the backends offer, and where. */
@Controller()
export class PoolsController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves('pools.list')
  async list(@Call() { query, minor }: CallContext) {
    const { detail, name, volumeType: type } = parseListPools(query, minor);
    const named = (await this.pools()).filter(({ report }) => name === null || report.pool === name);
    const found = type === null ? named : await this.fitFor(type, named);
    return { pools: found.map((pool) => poolView(pool, { detail })) };
  }

  @Serves('capabilities.show')
  async capabilities(@Param('host_name') service: string) {
    const pool = (await this.pools()).find(({ report }) => report.pool.startsWith(`${service}#`));
    if (!pool) throw serviceNotFound('cinder-volume', service);
    return capabilitiesView(service, pool.report);
  }

  @Serves('zones.list')
  async zones() {
    const available = new Map<string, boolean>();
    for (const { zone, enabled, isUp } of await backendServices(this.services)) {
      available.set(zone, (available.get(zone) ?? false) || (enabled && isUp));
    }
    const { availabilityZone } = this.services.defaults;
    if (available.size === 0) available.set(availabilityZone, false);
    return zonesView([...available].sort().map(([name, isAvailable]) => ({ name, available: isAvailable })));
  }

  @Serves('extensions.list')
  extensions() {
    return extensionsView;
  }

  @Serves('extensions.show')
  extension(@Param('alias') alias: string) {
    const extension = extensionView(alias);
    if (!extension) throw notFound('Extension', alias);
    return { extension };
  }

  @Serves('clusters.list')
  clusters() {
    return { clusters: [] };
  }

  @Serves('clusters.listDetail')
  clustersInDetail() {
    return { clusters: [] };
  }

  @Serves('clusters.show')
  cluster(@Param('cluster_id') id: string) {
    throw notFound('Cluster', id);
  }

  private async pools(): Promise<readonly PoolFields[]> {
    const hosts = [...(await this.services.hosts.hosts()).values()];
    const pools = hosts.flatMap(({ pools: reports, reportedAt: at }) => reports.map((report) => ({ report, at })));
    return pools.sort((one, other) => (one.report.pool < other.report.pool ? -1 : 1));
  }

  /** Throws a fault of 404 for a type that nobody knows. */
  private async fitFor(type: string, pools: readonly PoolFields[]): Promise<readonly PoolFields[]> {
    const found = await findTypeLike(this.services, type);
    if (!found) throw notFound('Volume type', type);
    return pools.filter(({ report }) => meetsExtraSpecs(found.extraSpecs, report) === true);
  }
}
