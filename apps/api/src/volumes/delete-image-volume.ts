import { FaultError, faultOfRefusal } from '@hearth/cinder-v3';
import { findCacheEntry, type VolumeRow } from '@hearth/read-model';
import { authorise } from '../auth/authorise';
import { retireEntry } from '../cache/retire-entry';
import type { CallContext } from '../http/request-context';
import type { VolumeServices } from './volume-services';

const invalidVolume = (reason: string) => new FaultError({ status: 400, message: `Invalid volume: ${reason}` });

/**
 * Deletes an image-volume as an administrator deletes a volume: its entry serves no longer from now on, and what is on the backend goes
 * when nothing needs it. Again for one that is going is harmless. Throws a fault of 403; of 400 while it is filled, as for a volume
 * that is being created, and forced as well: its host writes it for those who wait.
 */
export async function deleteImageVolume(
  services: VolumeServices,
  { id, status }: VolumeRow,
  call: CallContext,
  { force }: { readonly force: boolean },
): Promise<void> {
  authorise(call.caller, 'hearth:cache:evict');
  call.authorised();
  const entry = await findCacheEntry(services.database, id);
  if (!entry || entry.status === 'filling') {
    if (force) throw invalidVolume(`${id} is being filled from its image: it can be deleted when that has ended.`);
    const refusal = { refused: 'volume.wrong_status', data: { status } } as const;
    throw new FaultError(faultOfRefusal(refusal, id, { operation: 'delete a volume' }));
  }
  if (entry.status === 'ready') await retireEntry(services, entry, call);
}
