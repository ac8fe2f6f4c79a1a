import { readSortKeys, type SortKeyOf } from '../http/sort-keys';

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

export type VolumeSort = SortKeyOf<(typeof fields)[keyof typeof fields]>;

/** See `readSortKeys`. Throws a fault of 400. */
export const readSort = (query: URLSearchParams): readonly VolumeSort[] | undefined => readSortKeys(query, fields);
