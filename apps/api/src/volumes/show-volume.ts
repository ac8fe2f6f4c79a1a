import { explanationView, notFound, volumeDetail } from '@hearth/cinder-v3';
import { isUuid } from '@hearth/kernel';
import { withProgress } from '../progress/volume-progress';
import { type CallContext, viewContext } from '../http/request-context';
import type { VolumeServices } from './volume-services';

/** A volume that the caller may see. Throws a fault of 404. */
export async function showVolume(services: VolumeServices, id: string, call: CallContext) {
  const row = isUuid(id) ? await services.reads.findVolume(id) : undefined;
  if (!row || !maySee(row.projectId, call)) throw notFound('Volume', id);
  const [volume = row] = await withProgress(services, [row]);
  return { volume: volumeDetail(volume, viewContext(call)) };
}

/** How a volume of the caller's came to be, also after it was deleted. Throws a fault of 404. */
export async function explainVolume(services: VolumeServices, id: string, call: CallContext) {
  const explained = isUuid(id) ? await services.reads.explainVolume(id) : undefined;
  if (!explained || !maySee(explained.volume.projectId, call)) throw notFound('Volume', id);
  const [volume] = await withProgress(services, [explained.volume]);
  return explanationView({ ...explained, progress: volume?.progress }, { isAdmin: call.caller.isAdmin });
}

/** Another project's volume is as good as none. */
const maySee = (projectId: string, { caller, projectId: own }: CallContext) => caller.isAdmin || projectId === own;
