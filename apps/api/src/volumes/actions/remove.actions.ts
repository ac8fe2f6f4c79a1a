import type { UserId } from '@hearth/kernel';
import type { VolumeRow } from '@hearth/read-model';
import type { ActionHandler } from '../../http/run-action';
import { changeVolume, type FoundVolume } from '../change-volume';
import { deleteImageVolume } from '../delete-image-volume';
import { forgetKey } from '../forget-key';
import type { VolumeServices } from '../volume-services';

/** Of an image-volume it evicts the entry, as deleting it does. */
export const forceDelete =
  (services: VolumeServices): ActionHandler<FoundVolume | VolumeRow> =>
  async (found, _argument, call) => {
    if ('internal' in found) return deleteImageVolume(services, found, call, { force: true });
    const command = { do: 'DeleteVolume', userId: call.caller.userId as UserId, force: true } as const;
    const asked = { operation: 'delete a volume', data: { force: true } } as const;
    await forgetKey(services, await changeVolume(services, found, command, call, asked));
  };

export const unmanage =
  (services: VolumeServices): ActionHandler<FoundVolume> =>
  async (found, _argument, call) => {
    await changeVolume(services, found, { do: 'Unmanage' }, call, { operation: 'unmanage a volume' });
  };
