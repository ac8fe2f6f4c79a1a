import type { Failure } from '@hearth/contracts';
import type { HostStep, VolumeCommand } from '@hearth/domain';
import { type PoolRef, poolParts } from '@hearth/kernel';
import { countCreateFailure } from '../host/metrics';
import type { Host } from '../host/host';
import { failureOf } from './record-failure';
import { withdrawRecord } from './settle-upload';
import type { StepWork } from './step-work';

/** True when a pool of this host belongs to a backend that its configuration does not name: no wait will bring it back. */
export function isBackendGone(host: Host, pool: PoolRef): boolean {
  const { host: name, backend } = poolParts(pool);
  return name === host.name && !host.backendNames.has(backend);
}

/** Work that a backend is needed for. */
export type StepInPool = Exclude<HostStep, { do: 'settle-upload' }>;

/**
 * Ends what cannot be done any more: a create is tried elsewhere or fails, an image that was to get the volume's bytes gets none, and what
 * never was connected is let go. Anything else may be asked for again.
 */
export async function failWithoutBackend(work: Omit<StepWork, 'pool'>, step: StepInPool): Promise<void> {
  const { host, volume } = work;
  const { pool } = step;
  const failure: Failure = {
    code: 'backend.failed',
    reason: 'The backend of the volume is no longer configured on its host.',
    detail: `${pool}: the configuration of ${host.name} names no backend ${poolParts(pool).backend}`,
  };
  host.log.error('a volume is on a backend that is no longer configured', { volumeId: volume.id, pool, step: step.do });
  if (step.do === 'upload') await withdrawRecord(work, step.upload.imageId);
  const report = isNeverConnected(step) ? disconnected(step.attachment.id) : failureOf(step, failure);
  if (report.do === 'RecordCreateFailure') countCreateFailure(pool, failure);
  await volume.record(host, report);
}

/** No client has learnt of a connection, and nothing on this host could end one. */
function isNeverConnected(step: StepInPool): step is Extract<HostStep, { do: 'disconnect' }> {
  return step.do === 'disconnect' && step.attachment.connection === null;
}

const disconnected = (attachmentId: string): VolumeCommand => ({ do: 'RecordDisconnected', attachmentId });
