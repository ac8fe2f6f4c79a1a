import { isStorable, notFound } from '@hearth/cinder-v3';
import { isUuid } from '@hearth/kernel';
import { findVolumeType, type VolumeTypeRow } from '@hearth/read-model';
import type { CallContext } from '../http/request-context';
import type { VolumeServices } from '../volumes/volume-services';

/** The type of this id, if the caller's project may use it. Throws a fault of 404, for names too. */
export async function findType(
  { database }: VolumeServices,
  id: string,
  { caller, projectId }: CallContext,
): Promise<VolumeTypeRow> {
  const row = isUuid(id) ? await findVolumeType(database, id, caller.isAdmin ? undefined : projectId) : undefined;
  if (row?.id !== id) throw notFound('Volume type', id);
  return row;
}

/** The type of this id or name, whoever may use it; undefined when there is none. */
export async function findTypeLike({ database }: VolumeServices, nameOrId: string): Promise<VolumeTypeRow | undefined> {
  return isStorable(nameOrId) ? findVolumeType(database, nameOrId) : undefined;
}
