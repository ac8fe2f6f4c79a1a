import { badRequest, invalidInput } from '../fault';
import { booleanOf } from '../http/boolean-text';
import { isStorable } from '../http/storable-text';
import { type ListFilters, readFilters } from './list-volumes.filters';
import { readSort, type VolumeSort } from './list-volumes.sort';

/** A list that was asked for. */
export interface ListVolumesQuery {
  readonly limit: number;
  readonly marker: string | undefined;
  readonly offset: number;
  readonly sort: readonly VolumeSort[] | undefined;
  /** `nothing`: a filter that no volume can match. */
  readonly filters: ListFilters | 'nothing';
  /** Volumes of all projects; only for an administrator. */
  readonly allTenants: boolean;
  readonly withCount: boolean;
}

/** Items a page at the most (osapi_max_limit). */
const pageMax = 1_000;

const paging = ['limit', 'marker', 'offset', 'sort', 'sort_key', 'sort_dir', 'all_tenants', 'with_count'];

/** Reads the query of `GET /volumes` and `/volumes/detail`. Throws a fault of 400. */
export function parseListVolumes(
  query: URLSearchParams,
  { minor, isAdmin }: { readonly minor: number; readonly isAdmin: boolean },
): ListVolumesQuery {
  for (const [name, value] of query) {
    if (!isStorable(name) || !isStorable(value)) throw invalidInput('the query holds a character that is no text.');
  }
  const allTenants = query.get('all_tenants');
  const withCount = minor >= 45 ? query.get('with_count') : null;
  const filters = new URLSearchParams([...query].filter(([name]) => !paging.includes(name)));
  return {
    limit: Math.min(wholeNumber(query.get('limit'), 'limit') ?? pageMax, pageMax),
    marker: query.get('marker') ?? undefined,
    offset: wholeNumber(query.get('offset'), 'offset') ?? 0,
    sort: readSort(query),
    filters: readFilters(filters, { isAdmin }),
    // An empty value is as good as none; whoever is no administrator is not heard.
    allTenants: isAdmin && !!allTenants && booleanOf(allTenants, 'all_tenants'),
    withCount: !!withCount && booleanOf(withCount, 'with_count'),
  };
}

function wholeNumber(text: string | null, name: string): number | undefined {
  if (text === null) return undefined;
  if (!/^\s*[+-]?\d{1,15}\s*$/.test(text)) throw badRequest(`${name} param must be an integer`);
  const value = Number(text);
  if (value < 0) throw badRequest(`${name} param must be positive`);
  return value;
}
