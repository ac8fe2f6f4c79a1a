import { filtersIn, type PageQuery, readAllTenants, readPage, readWithCount } from '../http/paging';
import { type ListFilters, readFilters } from './list-volumes.filters';
import { readSort, type VolumeSort } from './list-volumes.sort';

/** A list that was asked for. */
export interface ListVolumesQuery extends PageQuery {
  readonly sort: readonly VolumeSort[] | undefined;
  /** `nothing`: a filter that no volume can match. */
  readonly filters: ListFilters | 'nothing';
  /** Volumes of all projects; only for an administrator. */
  readonly allTenants: boolean;
  readonly withCount: boolean;
}

/** Reads the query of `GET /volumes` and `/volumes/detail`. Throws a fault of 400. */
export function parseListVolumes(
  query: URLSearchParams,
  { minor, isAdmin }: { readonly minor: number; readonly isAdmin: boolean },
): ListVolumesQuery {
  return {
    ...readPage(query),
    sort: readSort(query),
    filters: readFilters(filtersIn(query, minor), { minor, isAdmin }),
    allTenants: readAllTenants(query, isAdmin),
    withCount: readWithCount(query, minor),
  };
}
