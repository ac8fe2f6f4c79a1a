import { type AskedOperation, FaultError, overQuotaFault } from '@hearth/cinder-v3';
import type { VolumeCommand } from '@hearth/domain';
import type { QuotaRequest } from '@hearth/read-model';
import type { CallContext } from '../http/request-context';
import { changeVolume, type FoundVolume, refuseEarly } from './change-volume';
import type { VolumeServices } from './volume-services';

type Services = Pick<VolumeServices, 'store' | 'newId' | 'clock' | 'projected' | 'quota'>;

/**
 * Changes a volume by a command that needs room in its project: decides first, so that what is refused holds nothing, holds the
 * room, and gives it back if nothing came of it. Of two requests for the same change each holds its own, so that the one which comes
 * too late gives back nothing of the other's. Throws the fault of the refusal, or of 413.
 */
export async function changeWithinQuota(
  services: Services,
  found: FoundVolume,
  command: VolumeCommand,
  call: CallContext,
  { asked, room }: { readonly asked: AskedOperation; readonly room: QuotaRequest },
): Promise<void> {
  refuseEarly(found, command, asked);
  const holder = services.newId();
  const reserved = await services.quota.reserve({ ...room, holder });
  if (reserved !== 'reserved') throw new FaultError(overQuotaFault(reserved));
  try {
    await changeVolume(services, found, command, call, asked);
  } catch (error) {
    // Even if the append went through unseen: from its projection on the change counts as itself.
    await services.quota.release(room.key, holder).catch(() => undefined);
    throw error;
  }
}
