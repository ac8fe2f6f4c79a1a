import { badRequest, parseResetStatus } from '@hearth/cinder-v3';
import type { ActionHandler } from '../../http/run-action';
import { changeVolume, type FoundVolume } from '../change-volume';
import type { VolumeServices } from '../volume-services';

export const resetStatus =
  (services: VolumeServices): ActionHandler<FoundVolume> =>
  async (found, argument, call) => {
    const asked = parseResetStatus(argument);
    const { state } = found;
    if (asked.status === 'in-use' && !(state.status === 'provisioned' && state.attachments.size > 0)) {
      throw badRequest('Cannot reset-state to in-use because volume does not have any attachments.');
    }
    await changeVolume(services, found, { do: 'ResetStatus', ...asked }, call);
  };
