import { booleanOf } from '../http/boolean-text';
import { refuseUnknownFilters } from '../http/list-filters';
import { filtersOfResource } from '../resource-filters/resource-filters';

export interface ListPoolsQuery {
  /** With capabilities. */
  readonly detail: boolean;
  /** Only the pool of this name: `host@backend#pool`. */
  readonly name: string | null;
  /** Only those that a volume of this type, named or by its id, may be on. */
  readonly volumeType: string | null;
}

const nameMinor = 28;
/** From it on what is no filter is refused, to administrators too. */
const refusalMinor = 31;
const typeMinor = 35;

/** Reads the query of `GET /scheduler-stats/get_pools`. Throws a fault of 400. */
export function parseListPools(query: URLSearchParams, minor: number): ListPoolsQuery {
  const detail = booleanOf(query.get('detail') ?? 'false', 'detail');
  const names = [...query.keys()].filter((name) => name !== 'detail');
  if (minor >= refusalMinor) refuseUnknownFilters(names, filtersOfResource('pool'));
  return {
    detail,
    name: minor >= nameMinor ? query.get('name') : null,
    volumeType: minor >= typeMinor ? query.get('volume_type') : null,
  };
}
