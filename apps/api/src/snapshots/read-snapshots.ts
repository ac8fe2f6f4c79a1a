import { parseListSnapshots, snapshotDetail, snapshotList } from '@hearth/cinder-v3';
import { listSnapshots } from '@hearth/read-model';
import { type CallContext, viewContext } from '../http/request-context';
import type { VolumeServices } from '../volumes/volume-services';
import { findSnapshotRow } from './find-snapshot';

/** One page of the snapshots that a caller may see. Throws a fault of 400, or `MarkerNotFoundError`. */
export async function readSnapshots(
  { database }: VolumeServices,
  call: CallContext,
  shape: { readonly detail: boolean },
) {
  const { minor, caller, path, query } = call;
  const { filters, allTenants, ...asked } = parseListSnapshots(query, { minor, isAdmin: caller.isAdmin });
  const empty = { rows: [], count: asked.withCount ? 0 : undefined };
  const project = filters === 'nothing' ? undefined : projectOf(filters.projectId, allTenants, call);
  const { rows, count } =
    filters === 'nothing' || !project ? empty : await listSnapshots(database, { ...asked, project, filters });
  return snapshotList({ snapshots: rows, count, limit: asked.limit, path, query }, viewContext(call), shape);
}

type AnyOf = string | readonly string[];

/** Whose snapshots; undefined when nobody's can match. */
function projectOf(wanted: AnyOf | undefined, allTenants: boolean, { projectId }: CallContext) {
  if (allTenants) return wanted === undefined ? 'all' : { id: wanted };
  const isOwn = wanted === undefined || [wanted].flat().includes(projectId);
  return isOwn ? { id: projectId } : undefined;
}

/** Throws a fault of 404. */
export async function showSnapshot(services: VolumeServices, id: string, call: CallContext) {
  return { snapshot: snapshotDetail(await findSnapshotRow(services, id, call), viewContext(call)) };
}
