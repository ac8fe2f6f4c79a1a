import { parseSetImageMetadata, parseUnsetImageMetadata } from '@hearth/cinder-v3';
import type { ActionHandler } from '../../http/run-action';
import { changeVolume, type FoundVolume } from '../change-volume';
import type { VolumeServices } from '../volume-services';

export const setImageMetadata =
  (services: VolumeServices): ActionHandler<FoundVolume> =>
  async (found, argument, call) => {
    const change = { merge: parseSetImageMetadata(argument) };
    const asked = { operation: 'update metadata' } as const;
    const { state } = await changeVolume(services, found, { do: 'ChangeImageMetadata', change }, call, asked);
    return { metadata: 'details' in state ? state.details.imageMetadata : {} };
  };

export const unsetImageMetadata =
  (services: VolumeServices): ActionHandler<FoundVolume> =>
  async (found, argument, call) => {
    const change = { remove: parseUnsetImageMetadata(argument) };
    const asked = { operation: 'delete image metadata' } as const;
    await changeVolume(services, found, { do: 'ChangeImageMetadata', change }, call, asked);
  };

export const showImageMetadata: ActionHandler<FoundVolume> = async ({ state }) => ({
  metadata: state.details.imageMetadata,
});
