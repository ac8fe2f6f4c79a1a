import { strictBoolean } from '../http/boolean-text';
import {
  type AnyOf,
  type FilterTable,
  neverSetFilter,
  pairsFilter,
  readListFilters,
  textsFilter,
  wholeNumbersFilter,
} from '../http/list-filters';
import { filtersIn, type PageQuery, readAllTenants, readPage, readWithCount } from '../http/paging';
import { readSortKeys, type SortKeyOf } from '../http/sort-keys';
import { readTimes, type TimeFilter } from '../volumes/list-volumes.times';

/** What a list of snapshots is narrowed by; all that is given must hold. */
export interface SnapshotListFilters {
  readonly id?: AnyOf;
  readonly volumeId?: AnyOf;
  readonly status?: AnyOf;
  readonly name?: AnyOf;
  readonly description?: AnyOf;
  readonly sizeGib?: AnyOf<number>;
  readonly userId?: AnyOf;
  readonly volumeTypeId?: AnyOf;
  readonly projectId?: AnyOf;
  readonly availabilityZone?: string;
  readonly host?: string;
  readonly consumesQuota?: boolean;
  readonly createdAt?: TimeFilter;
  readonly updatedAt?: TimeFilter;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly like?: { readonly [Field in 'name' | 'description' | 'status' | 'volumeId']?: string };
}

type Like = keyof NonNullable<SnapshotListFilters['like']>;

const like =
  (field: Like) =>
  ({ text }: { readonly text: string }): SnapshotListFilters => ({ like: { [field]: text } });
const plain =
  (field: 'name' | 'availabilityZone' | 'host') =>
  ({ text }: { readonly text: string }): SnapshotListFilters => ({ [field]: text });
const times =
  (field: 'createdAt' | 'updatedAt') =>
  ({ text, name }: { readonly text: string; readonly name: string }): SnapshotListFilters => ({
    [field]: readTimes(text, name),
  });

const table: FilterTable<SnapshotListFilters> = {
  resource: 'snapshot',
  readers: {
    id: textsFilter('id'),
    volume_id: textsFilter('volumeId'),
    status: textsFilter('status'),
    name: plain('name'),
    display_name: plain('name'),
    display_description: textsFilter('description'),
    volume_size: wholeNumbersFilter('sizeGib'),
    user_id: textsFilter('userId'),
    project_id: textsFilter('projectId'),
    volume_type_id: textsFilter('volumeTypeId'),
    availability_zone: plain('availabilityZone'),
    host: plain('host'),
    metadata: pairsFilter('metadata'),
    created_at: times('createdAt'),
    updated_at: times('updatedAt'),
    group_snapshot_id: neverSetFilter,
    cgsnapshot_id: neverSetFilter,
    consumes_quota: ({ text }) => ({ consumesQuota: strictBoolean(text, 'use_quota') }),
    'name~': like('name'),
    'display_name~': like('name'),
    'description~': like('description'),
    'display_description~': like('description'),
    'status~': like('status'),
    'volume_id~': like('volumeId'),
  },
  since: { metadata: 22, created_at: 60, updated_at: 60, consumes_quota: 65 },
};

const sortFields = {
  id: 'id',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  name: 'name',
  display_name: 'name',
  status: 'status',
  size: 'sizeGib',
  volume_size: 'sizeGib',
  volume_id: 'volumeId',
  user_id: 'userId',
  project_id: 'projectId',
} as const;

export interface ListSnapshotsQuery extends PageQuery {
  readonly sort: readonly SortKeyOf<(typeof sortFields)[keyof typeof sortFields]>[] | undefined;
  /** `nothing`: a filter that no snapshot can match. */
  readonly filters: SnapshotListFilters | 'nothing';
  readonly allTenants: boolean;
  readonly withCount: boolean;
}

/** Reads the query of `GET /snapshots` and `/snapshots/detail`. Throws a fault of 400. */
export function parseListSnapshots(
  query: URLSearchParams,
  { minor, isAdmin }: { readonly minor: number; readonly isAdmin: boolean },
): ListSnapshotsQuery {
  return {
    ...readPage(query),
    sort: readSortKeys(query, sortFields),
    filters: readListFilters(table, filtersIn(query, minor), { minor, isAdmin }),
    allTenants: readAllTenants(query, isAdmin),
    withCount: readWithCount(query, minor),
  };
}
