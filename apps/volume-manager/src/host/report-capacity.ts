import type { HostReport, PoolReport } from '@hearth/contracts';
import { canClone, canConnect, canManage, canSnapshot } from '@hearth/driver-api';
import { poolRef } from '@hearth/kernel';
import type { Log } from '@hearth/platform';
import type { Backend, BackendDown } from '../backends/backend';
import { within } from './time-limit';

/** Who reports. */
export interface Reporter {
  readonly name: string;
  readonly incarnation: string;
  readonly version: string;
  readonly peerUrl?: string | undefined;
  /** A backend that does not tell its capacity for this long is left out of the report. */
  readonly answerTimeoutMs: number;
  readonly log: Log;
}

/**
 * What this host says of itself now. A backend that cannot be asked, or does not answer in time, has no pools in it, but its
 * reason; the others are none the later for it.
 */
export async function hostReport(
  reporter: Reporter,
  backends: readonly Backend[],
  down: readonly BackendDown[],
  now: string,
): Promise<HostReport> {
  const { name, incarnation, version, peerUrl } = reporter;
  const answers = await Promise.all(backends.map((backend) => poolReports(reporter, backend)));
  const pools = answers.flatMap((answer) => ('reason' in answer ? [] : answer));
  const silent = answers.filter((answer) => 'reason' in answer);
  return { host: name, incarnation, reportedAt: now, version, peerUrl, pools, down: [...down, ...silent] };
}

async function poolReports(reporter: Reporter, backend: Backend): Promise<readonly PoolReport[] | BackendDown> {
  const { name: host, version, answerTimeoutMs, log } = reporter;
  const { config, driver, cache } = backend;
  try {
    const capacities = await within(answerTimeoutMs, 'the report of its capacity', driver.capacity());
    for (const { pool, totalGib } of capacities) {
      backend.totalGib.set(poolRef({ host, backend: config.name, pool }), totalGib);
    }
    return capacities.map(({ pool, totalGib, freeGib, provisionedGib, thin }) => ({
      pool: poolRef({ host, backend: config.name, pool }),
      availabilityZone: config.availability_zone,
      totalGib,
      freeGib,
      provisionedGib,
      thin,
      oversubscriptionMax: thin ? config.max_over_subscription_ratio : 1,
      reservedPercent: config.reserved_percentage,
      capabilities: capabilitiesOf(backend, { thin, version }),
      cloneMethod: driver.capabilities.cloneMethod,
      cache,
    }));
  } catch (error) {
    log.warn('a backend does not tell its capacity', { backend: config.name, error });
    return { backend: config.name, reason: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * What extra specs are matched against, and operators read, under Cinder's names. What a driver says of itself stands before what is said
 * here of every driver; what it can do is told as it is.
 */
function capabilitiesOf(
  { config, driver }: Pick<Backend, 'config' | 'driver'>,
  { thin, version }: { readonly thin: boolean; readonly version: string },
): PoolReport['capabilities'] {
  const { facts, multiattach, extendsInUse, snapshotsInUse } = driver.capabilities;
  return {
    vendor_name: 'Open Source',
    driver_version: version,
    ...facts,
    volume_backend_name: config.name,
    driver: config.driver,
    thin_provisioning_support: thin,
    thick_provisioning_support: !thin,
    // QoS specs are passed on to who connects a volume.
    QoS_support: canConnect(driver),
    multiattach: canConnect(driver) && multiattach,
    online_extend_support: extendsInUse,
    snapshots: canSnapshot(driver),
    snapshots_in_use: canSnapshot(driver) && snapshotsInUse,
    clones: canClone(driver),
    manages_existing: canManage(driver),
  };
}
