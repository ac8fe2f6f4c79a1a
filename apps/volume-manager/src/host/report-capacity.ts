import type { HostReport, PoolReport } from '@hearth/contracts';
import { poolRef } from '@hearth/kernel';
import type { Log } from '@hearth/platform';
import type { Backend, BackendDown } from '../backends/backend';

/** What this host says of itself now. A backend that cannot be asked has no pools in it, but its reason. */
export async function hostReport(
  host: { readonly name: string; readonly incarnation: string; readonly version: string; readonly log: Log },
  backends: readonly Backend[],
  down: readonly BackendDown[],
  now: string,
): Promise<HostReport> {
  const pools: PoolReport[] = [];
  const silent: BackendDown[] = [...down];
  for (const backend of backends) {
    try {
      pools.push(...(await poolReports(host.name, backend)));
    } catch (error) {
      host.log.warn('a backend does not tell its capacity', { backend: backend.config.name, error });
      silent.push({ backend: backend.config.name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  const { name, incarnation, version } = host;
  return { host: name, incarnation, reportedAt: now, version, pools, down: silent };
}

async function poolReports(host: string, { config, driver, cache }: Backend): Promise<PoolReport[]> {
  const capacities = await driver.capacity();
  return capacities.map(({ pool, totalGib, freeGib, provisionedGib, thin }) => ({
    pool: poolRef({ host, backend: config.name, pool }),
    availabilityZone: config.availability_zone,
    totalGib,
    freeGib,
    provisionedGib,
    thin,
    oversubscriptionMax: thin ? config.max_over_subscription_ratio : 1,
    reservedPercent: config.reserved_percentage,
    capabilities: { ...driver.capabilities.facts, volume_backend_name: config.name, driver: config.driver },
    cloneMethod: driver.capabilities.cloneMethod,
    cache,
  }));
}
