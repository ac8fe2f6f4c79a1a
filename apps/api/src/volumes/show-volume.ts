import { explanationView, notFound, volumeDetail } from '@hearth/cinder-v3';
import { isUuid } from '@hearth/kernel';
import { type CallContext, viewContext } from '../http/request-context';
import type { VolumeServices } from './volume-services';

/** A volume that the caller may see. Throws a fault of 404. */
export async function showVolume({ reads }: VolumeServices, id: string, call: CallContext) {
  const volume = isUuid(id) ? await reads.findVolume(id) : undefined;
  if (!volume || !maySee(volume.projectId, call)) throw notFound('Volume', id);
  return { volume: volumeDetail(volume, viewContext(call)) };
}

/** How a volume of the caller's came to be, also after it was deleted. Throws a fault of 404. */
export async function explainVolume({ reads }: VolumeServices, id: string, call: CallContext) {
  const explained = isUuid(id) ? await reads.explainVolume(id) : undefined;
  if (!explained || !maySee(explained.volume.projectId, call)) throw notFound('Volume', id);
  return explanationView(explained, { isAdmin: call.caller.isAdmin });
}

/** Another project's volume is as good as none. */
const maySee = (projectId: string, { caller, projectId: own }: CallContext) => caller.isAdmin || projectId === own;
