import { badRequest, invalidInput } from '../fault';
import { flagOf } from '../http/boolean-text';
import { refuseUnknownFilters } from '../http/list-filters';
import { filtersIn, type PageQuery, readPage } from '../http/paging';
import { pythonLiteral, type PythonValue } from '../http/python-literal';
import { pythonText } from '../http/python-text';
import { readSortKeys, type SortKeyOf } from '../http/sort-keys';
import { filtersOfResource } from '../resource-filters/resource-filters';
import { isUserVisible } from './user-visible-specs';
import type { TypeSight } from './volume-type.view';

const sortFields = {
  id: 'id',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  name: 'name',
  description: 'description',
  is_public: 'isPublic',
} as const;

export interface TypeFilters {
  readonly id?: string;
  readonly name?: string;
  readonly description?: string;
  readonly qosSpecsId?: string;
  readonly extraSpecs?: Readonly<Record<string, string>>;
}

export interface ListTypesQuery extends PageQuery {
  readonly sort: readonly SortKeyOf<(typeof sortFields)[keyof typeof sortFields]>[] | undefined;
  /** True: what the project may use; false: what is not public; `all`: every one. */
  readonly isPublic: boolean | 'all';
  /** `nothing`: no type can match. */
  readonly filters: TypeFilters | 'nothing';
}

/** Filters of users came with 3.52; before it they are passed over. */
const filterMinor = 52;

/** Reads the query of `GET /types`. Throws a fault of 400. */
export function parseListTypes(
  query: URLSearchParams,
  {
    minor,
    isAdmin,
    sight,
  }: { readonly minor: number; readonly isAdmin: boolean; readonly sight: Pick<TypeSight, 'extraSpecs'> },
): ListTypesQuery {
  const page = readPage(query);
  const sort = readSortKeys(query, sortFields);
  const asked = filtersIn(query, 0);
  if (minor >= filterMinor) refuseUnknownFilters([...asked.keys()], isAdmin ? 'all' : filtersOfResource('volume_type'));
  const heard = isAdmin || minor >= filterMinor ? asked : new URLSearchParams();
  const isPublic = isAdmin ? isPublicOf(query.get('is_public')) : true;
  return { ...page, sort, isPublic, filters: filtersOf(heard, sight) };
}

function isPublicOf(text: string | null): boolean | 'all' {
  if (text === null) return true;
  if (text.toLowerCase() === 'none') return 'all';
  const flag = flagOf(text);
  if (flag === undefined) throw badRequest(`Invalid is_public filter [${text.slice(0, 255)}]`);
  return flag;
}

function filtersOf(asked: URLSearchParams, sight: Pick<TypeSight, 'extraSpecs'>): TypeFilters | 'nothing' {
  let filters: TypeFilters = {};
  for (const [name, text] of asked) {
    if (name === 'is_public') continue;
    const read = Object.hasOwn(readers, name) ? readers[name]!(text, sight) : 'nothing';
    if (read === 'nothing') return 'nothing';
    filters = { ...filters, ...read };
  }
  return filters;
}

/** Columns that only administrators filter by, and the extra specs. */
const readers: Readonly<
  Record<string, (text: string, sight: Pick<TypeSight, 'extraSpecs'>) => TypeFilters | 'nothing'>
> = {
  id: (id) => ({ id }),
  name: (name) => ({ name }),
  description: (description) => ({ description }),
  qos_specs_id: (qosSpecsId) => ({ qosSpecsId }),
  extra_specs: (text, sight) => {
    const pairs = pairsOf(pythonLiteral(text));
    const hidden = Object.keys(pairs).some((key) => sight.extraSpecs !== 'all' && !isUserVisible(key));
    return hidden ? 'nothing' : { extraSpecs: pairs };
  },
};

function pairsOf(value: PythonValue | undefined): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidInput('extra_specs has to be a dictionary.');
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, pythonText(item)]));
}
