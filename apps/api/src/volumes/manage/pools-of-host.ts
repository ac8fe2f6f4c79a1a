import { badRequest, FaultError } from '@hearth/cinder-v3';
import { serviceDecider } from '@hearth/domain';
import { readState } from '@hearth/event-sourcing';
import { type PoolRef, poolParts } from '@hearth/kernel';
import type { PoolReport } from '@hearth/contracts';
import type { VolumeServices } from '../volume-services';

/**
 * The pools that a `host@backend#pool`, a backend or a host names, as they report now. Throws a fault of 404 where there are none,
 * and of 400 where an administrator has disabled one, in Cinder's words.
 */
export async function poolsOfHost(
  { hosts, store }: Pick<VolumeServices, 'hosts' | 'store'>,
  host: string,
): Promise<readonly PoolReport[]> {
  const reports = [...(await hosts.hosts()).values()].flatMap(({ pools }) => pools);
  const named = reports.filter(
    ({ pool }) => pool === host || pool.startsWith(`${host}#`) || pool.startsWith(`${host}@`),
  );
  if (named.length === 0) {
    const message = `Service cinder-volume could not be found on host ${host}.`;
    throw new FaultError({ status: 404, message });
  }
  for (const service of new Set(named.map(({ pool }) => serviceOf(pool)))) {
    const { state } = await readState(store, serviceDecider, { category: 'service', id: service });
    if (!state.enabled) throw badRequest('Service is unavailable at this time.');
  }
  return named;
}

function serviceOf(pool: PoolRef): string {
  const { host, backend } = poolParts(pool);
  return `${host}@${backend}`;
}
