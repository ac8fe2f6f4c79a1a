import { parseUpdateSnapshot, snapshotSummary } from '@hearth/cinder-v3';
import { type CallContext, viewContext } from '../http/request-context';
import { changeVolume } from '../volumes/change-volume';
import type { VolumeServices } from '../volumes/volume-services';
import { findSnapshotToChange, type FoundSnapshot } from './find-snapshot';

/** Changes name or description; returns the answer's body. Throws faults of 400, 403, 404. */
export async function updateSnapshot(services: VolumeServices, id: string, body: unknown, call: CallContext) {
  const texts = parseUpdateSnapshot(body, call.minor);
  const { volume, row } = await findSnapshotToChange(services, id, call);
  call.authorise();
  const { state } = await changeVolume(services, volume, { do: 'UpdateSnapshot', snapshotId: id, ...texts }, call);
  const snapshot = 'snapshots' in state ? state.snapshots.get(id) : undefined;
  const updatedAt = new Date(services.clock.now()).toISOString();
  return { snapshot: snapshotSummary({ ...row, ...snapshot, updatedAt }, viewContext(call)) };
}

/** Accepts the deletion of a snapshot. Throws faults of 400, 403, 404. */
export async function deleteSnapshot(services: VolumeServices, id: string, call: CallContext): Promise<void> {
  const found = await findSnapshotToChange(services, id, call);
  call.authorise();
  await requestDeletion(services, found, { force: false }, call);
}

/** `force`: whatever its status. Throws a fault of 400. */
export async function requestDeletion(
  services: VolumeServices,
  { snapshot, volume }: FoundSnapshot,
  { force }: { readonly force: boolean },
  call: CallContext,
): Promise<void> {
  const command = { do: 'DeleteSnapshot', snapshotId: snapshot.id, force } as const;
  await changeVolume(services, volume, command, call, { operation: 'delete a snapshot' });
}
