import type { Failure } from '@hearth/contracts';
import type { Step } from '@hearth/domain';
import { type PoolRef, poolParts } from '@hearth/kernel';
import { countCreateFailure } from '../host/metrics';
import type { Host } from '../host/host';
import type { KnownVolume } from './known-volume';

/** True when a pool of this host belongs to a backend that its configuration does not name: no wait will bring it back. */
export function isBackendGone(host: Host, pool: PoolRef): boolean {
  const { host: name, backend } = poolParts(pool);
  return name === host.name && !host.backendNames.has(backend);
}

/** Ends what cannot be done any more: a create is tried elsewhere or fails, a delete may be asked for again. */
export async function failWithoutBackend(
  host: Host,
  volume: KnownVolume,
  step: Extract<Step, { pool: PoolRef }>,
): Promise<void> {
  const { pool } = step;
  const failure: Failure = {
    code: 'backend.failed',
    reason: 'The backend of the volume is no longer configured on its host.',
    detail: `${pool}: the configuration of ${host.name} names no backend ${poolParts(pool).backend}`,
  };
  host.log.error('a volume is on a backend that is no longer configured', { volumeId: volume.id, pool, step: step.do });
  if (step.do === 'delete-from-pool') return volume.record(host, { do: 'RecordDeletionFailure', failure });
  countCreateFailure(pool, failure);
  await volume.record(host, { do: 'RecordCreateFailure', pool, failure, decision: null });
}
