import { notFound, parseListTransfers, transferDetail, transferList } from '@hearth/cinder-v3';
import { isUuid } from '@hearth/kernel';
import { findTransfer, listTransfers, type TransferRow } from '@hearth/read-model';
import { type CallContext, viewContext } from '../http/request-context';
import { changeVolume, findVolumeToChange } from '../volumes/change-volume';
import type { VolumeServices } from '../volumes/volume-services';

/** One page of the offers that the project has made. Throws a fault of 400. */
export async function listOffers({ database }: VolumeServices, call: CallContext, shape: { readonly detail: boolean }) {
  const { minor, caller, projectId, path, query } = call;
  const { allTenants, ...asked } = parseListTransfers(query, { minor, isAdmin: caller.isAdmin });
  const { rows } = await listTransfers(database, { project: allTenants ? 'all' : { id: projectId }, ...asked });
  return transferList({ transfers: rows, limit: asked.limit, path, query }, viewContext(call), shape);
}

/** Throws a fault of 404. */
export async function showTransfer(services: VolumeServices, id: string, call: CallContext) {
  return { transfer: transferDetail(await findOffer(services, id, call), viewContext(call)) };
}

/** Withdraws an offer. Throws faults of 403 and 404. */
export async function deleteTransfer(services: VolumeServices, id: string, call: CallContext): Promise<void> {
  const { volumeId } = await findOffer(services, id, call);
  call.authorise();
  const found = await findVolumeToChange(services, volumeId, call);
  await changeVolume(services, found, { do: 'DeleteTransfer', transferId: id }, call);
}

/** Only who offers sees an offer; whoever accepts it names it with its key. */
async function findOffer({ database }: VolumeServices, id: string, call: CallContext): Promise<TransferRow> {
  const row = isUuid(id) ? await findTransfer(database, id) : undefined;
  if (!row || !(call.caller.isAdmin || row.sourceProjectId === call.projectId)) throw notFound('Transfer', id);
  return row;
}
