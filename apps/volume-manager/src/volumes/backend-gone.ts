import type { Failure } from '@hearth/contracts';
import type { HostStep } from '@hearth/domain';
import { type PoolRef, poolParts } from '@hearth/kernel';
import { countCreateFailure } from '../host/metrics';
import type { Host } from '../host/host';
import type { KnownVolume } from './known-volume';
import { failureOf } from './record-failure';

/** True when a pool of this host belongs to a backend that its configuration does not name: no wait will bring it back. */
export function isBackendGone(host: Host, pool: PoolRef): boolean {
  const { host: name, backend } = poolParts(pool);
  return name === host.name && !host.backendNames.has(backend);
}

/** Ends what cannot be done any more: a create is tried elsewhere or fails, anything else may be asked for again. */
export async function failWithoutBackend(host: Host, volume: KnownVolume, step: HostStep): Promise<void> {
  const { pool } = step;
  const failure: Failure = {
    code: 'backend.failed',
    reason: 'The backend of the volume is no longer configured on its host.',
    detail: `${pool}: the configuration of ${host.name} names no backend ${poolParts(pool).backend}`,
  };
  host.log.error('a volume is on a backend that is no longer configured', { volumeId: volume.id, pool, step: step.do });
  const report = failureOf(step, failure);
  if (report.do === 'RecordCreateFailure') countCreateFailure(pool, failure);
  await volume.record(host, report);
}
