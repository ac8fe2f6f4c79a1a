import { notFound } from '@hearth/cinder-v3';
import { isUuid } from '@hearth/kernel';
import type { VolumeRow } from '@hearth/read-model';
import type { CallContext } from '../http/request-context';
import { maySee } from './change-volume';
import type { VolumeServices } from './volume-services';

/** The row of a volume that the caller may see. Throws a fault of 404. */
export async function findVolumeRow(
  { reads }: Pick<VolumeServices, 'reads'>,
  id: string,
  call: CallContext,
): Promise<VolumeRow> {
  const row = isUuid(id) ? await reads.findVolume(id) : undefined;
  if (!row || !maySee(row.projectId, call)) throw notFound('Volume', id);
  return row;
}
