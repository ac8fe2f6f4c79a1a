import { parseCreateSnapshot, snapshotSummary } from '@hearth/cinder-v3';
import type { UserId } from '@hearth/kernel';
import { reservationKey } from '@hearth/read-model';
import { type CallContext, viewContext } from '../http/request-context';
import { findVolumeToChange } from '../volumes/change-volume';
import { changeWithinQuota } from '../volumes/change-within-quota';
import type { VolumeServices } from '../volumes/volume-services';

/** Accepts a snapshot of a volume; its room in the project is held first. Throws faults of 400, 403, 404, 413. */
export async function createSnapshot(services: VolumeServices, body: unknown, call: CallContext) {
  const { volumeId, name, description, metadata, force } = parseCreateSnapshot(body, call.minor);
  const found = await findVolumeToChange(services, volumeId, call);
  call.authorise();
  const snapshotId = services.newId();
  const { sizeGib, volumeType, projectId } = found.state.details;
  const userId = call.caller.userId as UserId;
  const snapshot = { snapshotId, projectId, userId, name, description, metadata };
  await changeWithinQuota(services, found, { do: 'CreateSnapshot', snapshot, force }, call, {
    asked: { operation: 'create a snapshot', data: { force } },
    room: { projectId, key: reservationKey.create(snapshotId), snapshots: 1, gigabytes: sizeGib, volumeType },
  });
  const createdAt = new Date(services.clock.now()).toISOString();
  const at = { createdAt, updatedAt: null };
  const fields = { ...snapshot, id: snapshotId, volumeId, status: 'creating', sizeGib, progress: '0%', ...at };
  return { snapshot: snapshotSummary(fields, viewContext(call)) };
}
