import { booleanOf } from '@hearth/cinder-v3';
import type { UserId } from '@hearth/kernel';
import { authorise } from '../auth/authorise';
import type { CallContext } from '../http/request-context';
import { changeVolume, findVolumeOrImageVolume } from './change-volume';
import { deleteImageVolume } from './delete-image-volume';
import { forgetKey } from './forget-key';
import type { VolumeServices } from './volume-services';

/** From 3.23 on an administrator may delete a volume whatever its status. */
const forceMinor = 23;

/**
 * Accepts a delete. Whose the volume is and how it stands is read from the log: the rows may be a moment behind. Again for one
 * that is being deleted is harmless. Throws a fault of 400, 403 or 404.
 */
export async function deleteVolume(services: VolumeServices, id: string, call: CallContext): Promise<void> {
  const cascade = flagOf(call, 'cascade');
  const force = call.minor >= forceMinor && flagOf(call, 'force');
  const found = await findVolumeOrImageVolume(services, id, call);
  if ('internal' in found) return deleteImageVolume(services, found, call, { force });
  if (force) authorise(call.caller, 'volume:force_delete');
  call.authorise();
  const command = { do: 'DeleteVolume', userId: call.caller.userId as UserId, cascade, force } as const;
  const asked = { operation: 'delete a volume', data: { force } } as const;
  await forgetKey(services, await changeVolume(services, found, command, call, asked));
}

function flagOf({ query }: CallContext, name: string): boolean {
  const text = query.get(name);
  return text !== null && booleanOf(text, name);
}
