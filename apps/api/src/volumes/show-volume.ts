import { explanationView, notFound, volumeDetail } from '@hearth/cinder-v3';
import { isUuid } from '@hearth/kernel';
import { withProgress } from '../progress/volume-progress';
import { type CallContext, viewContext } from '../http/request-context';
import { maySee } from './change-volume';
import { findVolumeRow } from './find-volume';
import type { VolumeServices } from './volume-services';

/** A volume that the caller may see. Throws a fault of 404. */
export async function showVolume(services: VolumeServices, id: string, call: CallContext) {
  const row = await findVolumeRow(services, id, call);
  const [volume = row] = await withProgress(services, [row]);
  return { volume: volumeDetail(volume, viewContext(call)) };
}

/** How a volume of the caller's came to be, also after it was deleted. Throws a fault of 404. */
export async function explainVolume(services: VolumeServices, id: string, call: CallContext) {
  const explained = isUuid(id) ? await services.reads.explainVolume(id) : undefined;
  if (!explained || !maySee(explained.volume.projectId, call)) throw notFound('Volume', id);
  const [volume] = await withProgress(services, [explained.volume]);
  const { cost } = explained;
  const saved = cost && { bytes: cost.savedBytes, ms: cost.savedMs };
  return explanationView({ ...explained, saved, progress: volume?.progress }, { isAdmin: call.caller.isAdmin });
}
