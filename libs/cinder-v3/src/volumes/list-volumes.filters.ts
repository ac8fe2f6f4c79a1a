import { booleanOf, looseBoolean, strictBoolean } from '../http/boolean-text';
import {
  type AnyOf,
  type FilterReader,
  neverSetFilter,
  pairsFilter,
  readListFilters,
  textsFilter,
  wholeNumbersFilter,
} from '../http/list-filters';
import { pythonLiteral } from '../http/python-literal';
import { readTimes, type TimeFilter } from './list-volumes.times';

/** What a list is narrowed by; all that is given must hold. */
export interface ListFilters {
  readonly id?: AnyOf;
  readonly status?: AnyOf;
  readonly name?: AnyOf;
  readonly description?: AnyOf;
  readonly sizeGib?: AnyOf<number>;
  readonly availabilityZone?: AnyOf;
  readonly bootable?: boolean;
  readonly multiattach?: boolean;
  /** A pool, a backend with its pools, or a host with its backends. */
  readonly host?: string;
  readonly userId?: AnyOf;
  readonly projectId?: AnyOf;
  readonly volumeTypeId?: AnyOf;
  readonly snapshotId?: AnyOf;
  readonly sourceVolid?: AnyOf;
  readonly attachStatus?: AnyOf;
  readonly migrationStatus?: AnyOf;
  readonly isMigration?: boolean;
  readonly consumesQuota?: boolean;
  readonly createdAt?: TimeFilter;
  readonly updatedAt?: TimeFilter;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly imageMetadata?: Readonly<Record<string, string>>;
  /** Parts of texts, in whatever case. */
  readonly like?: { readonly [Field in LikeField]?: string };
}

type LikeField = 'name' | 'description' | 'status' | 'availabilityZone' | 'host' | 'userId' | 'volumeTypeId';

type Reader = FilterReader<ListFilters>;

/** Names are taken as they stand: a quoted one is a name with quotes. */
const plain = (field: 'name'): Reader => {
  return ({ text }) => ({ [field]: text });
};

const flags = (field: 'bootable' | 'multiattach'): Reader => {
  return ({ text, name, minor }) => ({ [field]: minor >= 2 ? strictBoolean(text, name) : looseBoolean(text) });
};

const times = (field: 'createdAt' | 'updatedAt'): Reader => {
  return ({ text, name }) => ({ [field]: readTimes(text, name) });
};

const like = (field: LikeField): Reader => {
  return ({ text }) => ({ like: { [field]: text } });
};

const migrationStatus: Reader = ({ text }) =>
  pythonLiteral(text) === null ? { isMigration: false } : { migrationStatus: text };

const readers: Readonly<Record<string, Reader>> = {
  id: textsFilter('id'),
  name: plain('name'),
  display_name: plain('name'),
  display_description: textsFilter('description'),
  status: textsFilter('status'),
  size: wholeNumbersFilter('sizeGib'),
  availability_zone: textsFilter('availabilityZone'),
  bootable: flags('bootable'),
  multiattach: flags('multiattach'),
  host: ({ text }) => ({ host: text }),
  user_id: textsFilter('userId'),
  project_id: textsFilter('projectId'),
  volume_type_id: textsFilter('volumeTypeId'),
  snapshot_id: textsFilter('snapshotId'),
  source_volid: textsFilter('sourceVolid'),
  attach_status: textsFilter('attachStatus'),
  migration_status: migrationStatus,
  metadata: pairsFilter('metadata'),
  glance_metadata: pairsFilter('imageMetadata'),
  created_at: times('createdAt'),
  updated_at: times('updatedAt'),
  group_id: neverSetFilter,
  consistencygroup_id: neverSetFilter,
  cluster_name: neverSetFilter,
  provider_id: neverSetFilter,
  replication_status: neverSetFilter,
  use_quota: ({ text, name }) => ({ consumesQuota: booleanOf(text, name) }),
  consumes_quota: ({ text }) => ({ consumesQuota: booleanOf(text, 'use_quota') }),
  'name~': like('name'),
  'display_name~': like('name'),
  'description~': like('description'),
  'display_description~': like('description'),
  'status~': like('status'),
  'availability_zone~': like('availabilityZone'),
  'host~': like('host'),
  'user_id~': like('userId'),
  'volume_type_id~': like('volumeTypeId'),
};

/** Reads what is left of a query after paging: see `readListFilters`. Throws a fault of 400. */
export const readFilters = (
  query: URLSearchParams,
  asking: { readonly minor: number; readonly isAdmin: boolean },
): ListFilters | 'nothing' => readListFilters({ resource: 'volume', readers, since }, query, asking);

/** Filters that came with a microversion, and are not heard before it. */
const since = { glance_metadata: 4, group_id: 10, created_at: 60, updated_at: 60, use_quota: 65 };
