import type { PoolReport } from '@hearth/contracts';
import type { VolumeServices } from './volume-services';

/** What a pool says of itself now; undefined while its host is silent. Throws `StoreUnavailableError`. */
export async function poolReportOf(
  { hosts }: Pick<VolumeServices, 'hosts'>,
  pool: string,
): Promise<PoolReport | undefined> {
  for (const { pools } of (await hosts.hosts()).values()) {
    const report = pools.find((one) => one.pool === pool);
    if (report) return report;
  }
  return undefined;
}
