import { type ManageableVolumeFields, manageableVolumesView, pageOf, parseManageableVolumes } from '@hearth/cinder-v3';
import type { CallContext } from '../../http/request-context';
import type { VolumeServices } from '../volume-services';
import { objectsInPool } from './objects-in-pool';
import { poolsOfHost } from './pools-of-host';

/** One page of what lies on a host and could become volumes. Throws a fault of 400, 404 or 503. */
export async function listManageable(services: VolumeServices, call: CallContext, shape: { readonly detail: boolean }) {
  const query = parseManageableVolumes(call.query, call.minor);
  const pools = await poolsOfHost(services, query.host);
  const all: ManageableVolumeFields[] = [];
  for (const { pool } of pools) all.push(...(await objectsInPool(services, pool)));
  return manageableVolumesView(pageOf(all, query), shape);
}
