import { type ListVolumesQuery, parseListVolumes, volumeList } from '@hearth/cinder-v3';
import type { VolumeListOptions, VolumePage } from '@hearth/read-model';
import { withProgress } from '../progress/volume-progress';
import { type CallContext, viewContext } from '../http/request-context';
import type { VolumeServices } from './volume-services';

/** One page of the volumes that a caller may see. Throws a fault of 400, or `MarkerNotFoundError`. */
export async function listVolumes(services: VolumeServices, call: CallContext, shape: { readonly detail: boolean }) {
  const query = parseListVolumes(call.query, { minor: call.minor, isAdmin: call.caller.isAdmin });
  const options = optionsOf(query, call);
  const { volumes: rows, count } = options ? await services.reads.listVolumes(options) : empty(query.withCount);
  const volumes = shape.detail ? await withProgress(services, rows) : rows;
  const page = { volumes, count, limit: query.limit, path: call.path, query: call.query };
  return volumeList(page, viewContext(call), shape);
}

const empty = (withCount: boolean): VolumePage => ({ volumes: [], count: withCount ? 0 : undefined });

/** Undefined when no volume can match. */
function optionsOf(query: ListVolumesQuery, call: CallContext): VolumeListOptions | undefined {
  const { filters, allTenants, sort, limit, marker, offset, withCount } = query;
  if (filters === 'nothing') return undefined;
  const { projectId, ...others } = filters;
  const named = projectId === undefined ? undefined : [projectId].flat();
  const own = allTenants ? undefined : call.projectId;
  if (named && own !== undefined && !named.includes(own)) return undefined;
  const [wanted, ...more] = own === undefined ? (named ?? []) : [own];
  // Several projects at once are narrowed to none: nobody asks for them, and a list is of one project or of all.
  if (more.length > 0) return undefined;
  const project = wanted === undefined ? 'all' : { id: wanted };
  return { project, filters: others, sort, limit, marker, offset, withCount };
}
