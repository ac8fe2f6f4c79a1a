import { badRequest, invalidInput } from '../../fault';
import { readPage } from '../../http/paging';
import type { ManageableVolumeFields } from './manageable-volumes.view';
import { placeOf } from './manage-place';

type Key = 'reference' | 'size';

/** Which of the objects that could become volumes are asked for. */
export interface ManageableVolumesQuery {
  readonly host: string;
  readonly limit: number;
  readonly offset: number;
  /** As it was sent: JSON of a reference. */
  readonly marker: string | undefined;
  readonly sort: readonly { readonly by: Key; readonly direction: 'asc' | 'desc' }[];
}

const clusterMinor = 17;

/** Reads the query of `GET /manageable_volumes`. Throws a fault of 400. */
export function parseManageableVolumes(query: URLSearchParams, minor: number): ManageableVolumesQuery {
  const named = { host: query.get('host'), cluster: query.get('cluster') };
  return { host: placeOf(named, minor >= clusterMinor), ...readPage(query), sort: sortOf(query) };
}

function sortOf(query: URLSearchParams): ManageableVolumesQuery['sort'] {
  const sort = query.get('sort');
  if (sort !== null && (query.has('sort_key') || query.has('sort_dir'))) {
    throw badRequest(
      "The 'sort_key' and 'sort_dir' parameters are deprecated and cannot be used with the 'sort' parameter.",
    );
  }
  const keys =
    sort === null ? [[query.get('sort_key') ?? 'reference', query.get('sort_dir') ?? 'desc']] : partsOf(sort);
  const unknown = keys.filter(([by]) => by !== 'reference' && by !== 'size').map(([by]) => by);
  if (unknown.length > 0) throw badRequest(`Invalid sort keys passed: ${unknown.join(', ').slice(0, 255)}`);
  const odd = keys.filter(([, way]) => way !== 'asc' && way !== 'desc').map(([, way]) => way);
  if (odd.length > 0) throw badRequest(`Invalid sort dirs passed: ${odd.join(', ').slice(0, 255)}`);
  return keys.map(([by, direction]) => ({ by: by as Key, direction: direction as 'asc' | 'desc' }));
}

const partsOf = (sort: string) =>
  sort.split(',').map((part) => {
    const [by = '', way = ''] = part.split(':').map((word) => word.trim());
    return [by, way || 'desc'];
  });

/** The page of all objects that was asked for. Throws a fault of 400 for a marker that names none of them. */
export function pageOf(
  all: readonly ManageableVolumeFields[],
  { sort, marker, limit, offset }: ManageableVolumesQuery,
): readonly ManageableVolumeFields[] {
  const sorted = [...all].sort((one, other) => {
    for (const { by, direction } of sort) {
      const order = compared(by, one, other);
      if (order !== 0) return direction === 'asc' ? order : -order;
    }
    return compared('reference', one, other);
  });
  const start = marker === undefined ? 0 : placeBehind(sorted, marker);
  return sorted.slice(start + offset, start + offset + limit);
}

function compared(by: Key, one: ManageableVolumeFields, other: ManageableVolumeFields): number {
  if (by === 'size') return one.sizeGib - other.sizeGib;
  if (one.sourceName === other.sourceName) return 0;
  return one.sourceName < other.sourceName ? -1 : 1;
}

function placeBehind(sorted: readonly ManageableVolumeFields[], marker: string): number {
  const place = sorted.findIndex(({ sourceName }) => sourceName === sourceNameIn(marker));
  if (place < 0) throw invalidInput(`marker not found: ${marker.slice(0, 255)}`);
  return place + 1;
}

function sourceNameIn(marker: string): unknown {
  try {
    const reference: unknown = JSON.parse(marker);
    return typeof reference === 'object' && reference !== null && 'source-name' in reference
      ? reference['source-name']
      : undefined;
  } catch {
    throw invalidInput(`marker ${marker.slice(0, 255)} can not be analysed, please use json like format`);
  }
}
