import { badRequest, invalidInput } from '../fault';

/** What a list may be sorted by, from Cinder's names to ours. */
const fields = {
  id: 'id',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  launched_at: 'launchedAt',
  name: 'name',
  display_name: 'name',
  status: 'status',
  size: 'sizeGib',
  bootable: 'bootable',
  availability_zone: 'availabilityZone',
  host: 'host',
  attach_status: 'attachStatus',
  volume_type_id: 'volumeTypeId',
  user_id: 'userId',
  project_id: 'projectId',
} as const;

export interface VolumeSort {
  readonly by: (typeof fields)[keyof typeof fields];
  readonly direction: 'asc' | 'desc';
}

/** `sort=size:desc,name:asc`, or the older `sort_key` with `sort_dir`; undefined for the usual order. Throws a fault of 400. */
export function readSort(query: URLSearchParams): readonly VolumeSort[] | undefined {
  const sort = query.get('sort');
  const key = query.get('sort_key');
  const direction = query.get('sort_dir');
  if (sort !== null) {
    if (key !== null || direction !== null) {
      throw badRequest(
        "The 'sort_key' and 'sort_dir' parameters are deprecated and cannot be used with the 'sort' parameter.",
      );
    }
    return sort.split(',').map((part) => {
      const [name = '', ...way] = part.split(':');
      return sortBy(name.trim(), way.join(':').trim() || 'desc');
    });
  }
  return key === null && direction === null
    ? undefined
    : [sortBy((key ?? 'created_at').trim(), (direction ?? 'desc').trim())];
}

function sortBy(name: string, direction: string): VolumeSort {
  if (!Object.hasOwn(fields, name)) throw invalidInput('Invalid sort key');
  if (direction !== 'asc' && direction !== 'desc') {
    throw invalidInput("Unknown sort direction, must be 'desc' or 'asc'.");
  }
  return { by: fields[name as keyof typeof fields], direction };
}
