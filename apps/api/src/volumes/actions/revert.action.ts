import { type AskedOperation, badRequest, FaultError, faultOfRefusal, parseRevert } from '@hearth/cinder-v3';
import { refuse } from '@hearth/kernel';
import type { ActionHandler } from '../../http/run-action';
import { changeVolume, type FoundVolume } from '../change-volume';
import type { VolumeServices } from '../volume-services';

/** Puts a volume back to its latest snapshot: which one that is has to be named. */
export const revertVolume =
  (services: VolumeServices): ActionHandler<FoundVolume> =>
  async (found, argument, call) => {
    const { id, state } = found;
    const snapshotId = parseRevert(argument);
    const asked: AskedOperation = { operation: 'revert a volume', data: { snapshotId } };
    if (state.status !== 'provisioned' || state.snapshots.size === 0) {
      throw badRequest(`Volume ${id} doesn't have any snapshots.`);
    }
    if (snapshotId === null) throw new FaultError(faultOfRefusal(refuse('snapshot.not_latest'), id, asked));
    await changeVolume(services, found, { do: 'Revert', snapshotId }, call, asked);
  };
