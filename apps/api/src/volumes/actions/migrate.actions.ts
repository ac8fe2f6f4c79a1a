import { badRequest } from '@hearth/cinder-v3';
import type { ActionHandler } from '../../http/run-action';
import type { FoundVolume } from '../change-volume';

/** A volume stays on the backend where it was made: whoever wants to move it is told so. */
export const refuseMigration: ActionHandler<FoundVolume> = async ({ id }) => {
  throw badRequest(`Invalid volume: volume ${id} stays on its backend: migration to another one is not offered.`);
};
