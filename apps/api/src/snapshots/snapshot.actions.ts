import { badRequest, parseResetSnapshot, parseUpdateSnapshotStatus } from '@hearth/cinder-v3';
import type { ActionHandler } from '../http/run-action';
import type { CallContext } from '../http/request-context';
import { changeVolume } from '../volumes/change-volume';
import type { VolumeServices } from '../volumes/volume-services';
import { requestDeletion } from './change-snapshot';
import type { FoundSnapshot } from './find-snapshot';

/** What `POST /snapshots/{snapshot_id}/action` does, by the key of the body. */
export function snapshotActionHandlers(
  services: VolumeServices,
): Readonly<Record<string, ActionHandler<FoundSnapshot>>> {
  const reset = async ({ volume, snapshot }: FoundSnapshot, status: string, call: CallContext) => {
    await changeVolume(services, volume, { do: 'ResetSnapshotStatus', snapshotId: snapshot.id, status }, call);
  };
  return {
    'os-reset_status': (found, argument, call) => reset(found, parseResetSnapshot(argument), call),
    'os-update_snapshot_status': (found, argument, call) =>
      reset(found, parseUpdateSnapshotStatus(argument, found.snapshot.status), call),
    'os-force_delete': (found, _argument, call) => requestDeletion(services, found, { force: true }, call),
    'os-unmanage': async () => {
      throw badRequest('Invalid snapshot: letting a snapshot go is not offered; delete it, or its volume.');
    },
  };
}
