import { parseSetBootable, parseSetReadOnly } from '@hearth/cinder-v3';
import type { ActionHandler } from '../../http/run-action';
import { changeVolume, type FoundVolume } from '../change-volume';
import type { VolumeServices } from '../volume-services';

export const setBootable =
  (services: VolumeServices): ActionHandler<FoundVolume> =>
  async (found, argument, call) => {
    const command = { do: 'SetBootable', bootable: parseSetBootable(argument) } as const;
    await changeVolume(services, found, command, call, { operation: 'update a volume' });
  };

export const setReadOnly =
  (services: VolumeServices): ActionHandler<FoundVolume> =>
  async (found, argument, call) => {
    const command = { do: 'SetReadOnly', readOnly: parseSetReadOnly(argument) } as const;
    await changeVolume(services, found, command, call, { operation: 'set the read-only flag' });
  };
