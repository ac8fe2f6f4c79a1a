import { badRequest } from '../fault';
import { type PythonValue, pythonLiteral } from '../http/python-literal';
import { filtersOfResource } from '../resource-filters/resource-filters';
import { booleanOf, looseBoolean, strictBoolean } from '../http/boolean-text';
import { readTimes, type TimeFilter } from './list-volumes.times';

/** One value, or any of several. */
type AnyOf<Value = string> = Value | readonly Value[];

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

interface Asked {
  readonly text: string;
  readonly name: string;
  readonly minor: number;
}

/** `nothing`: no volume can match. */
type Reader = (asked: Asked) => ListFilters | 'nothing';

type TextField = keyof {
  [Field in keyof ListFilters as NonNullable<ListFilters[Field]> extends AnyOf ? Field : never]: Field;
};

/** Columns that Cinder compares as they stand. What no volume of ours lacks never equals None. */
const texts = (field: TextField): Reader => {
  return ({ text }) => {
    const value = pythonLiteral(text);
    if (value === null || value === '') return 'nothing';
    return { [field]: Array.isArray(value) ? value.map(String) : textOf(value, text) };
  };
};

/** Names are taken as they stand: a quoted one is a name with quotes. */
const plain = (field: TextField): Reader => {
  return ({ text }) => ({ [field]: text });
};

const flags = (field: 'bootable' | 'multiattach'): Reader => {
  return ({ text, name, minor }) => ({ [field]: minor >= 2 ? strictBoolean(text, name) : looseBoolean(text) });
};

const pairs = (field: 'metadata' | 'imageMetadata'): Reader => {
  return ({ text }) => {
    const value = pythonLiteral(text);
    if (!isDictionary(value)) return 'nothing';
    const items = Object.entries(value).filter(isPlainPair);
    if (items.length < Object.keys(value).length) return 'nothing';
    return { [field]: Object.fromEntries(items.map(([key, item]) => [key, String(item)])) };
  };
};

/** What no volume of ours has: every volume matches None, and no volume anything else. */
const neverSet: Reader = ({ text }) => (pythonLiteral(text) === null ? {} : 'nothing');

const times = (field: 'createdAt' | 'updatedAt'): Reader => {
  return ({ text, name }) => ({ [field]: readTimes(text, name) });
};

const like = (field: LikeField): Reader => {
  return ({ text }) => ({ like: { [field]: text } });
};

const size: Reader = ({ text }) => {
  const value = pythonLiteral(text);
  const sizes = Array.isArray(value) ? value : [value];
  const known = sizes.filter((one): one is number => Number.isInteger(one) && Math.abs(Number(one)) < 2 ** 31);
  return known.length > 0 ? { sizeGib: known } : 'nothing';
};

const migrationStatus: Reader = ({ text }) =>
  pythonLiteral(text) === null ? { isMigration: false } : { migrationStatus: text };

const readers: Readonly<Record<string, Reader>> = {
  id: texts('id'),
  name: plain('name'),
  display_name: plain('name'),
  display_description: texts('description'),
  status: texts('status'),
  size,
  availability_zone: texts('availabilityZone'),
  bootable: flags('bootable'),
  multiattach: flags('multiattach'),
  host: ({ text }) => ({ host: text }),
  user_id: texts('userId'),
  project_id: texts('projectId'),
  volume_type_id: texts('volumeTypeId'),
  snapshot_id: texts('snapshotId'),
  source_volid: texts('sourceVolid'),
  attach_status: texts('attachStatus'),
  migration_status: migrationStatus,
  metadata: pairs('metadata'),
  glance_metadata: pairs('imageMetadata'),
  created_at: times('createdAt'),
  updated_at: times('updatedAt'),
  group_id: neverSet,
  consistencygroup_id: neverSet,
  cluster_name: neverSet,
  provider_id: neverSet,
  replication_status: neverSet,
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

/** Filters that came with a microversion, and are not heard before it. From 3.31 on whatever is not known is refused instead. */
const since: Readonly<Record<string, number>> = {
  glance_metadata: 4,
  group_id: 10,
  created_at: 60,
  updated_at: 60,
  use_quota: 65,
};

const resourceFiltersMinor = 31;
const likeMinor = 34;

/**
 * Reads what is left of a query after paging. Users have the filters of `GET /resource_filters`, administrators every column;
 * a filter that nobody knows is ignored for users and matches nothing for administrators, and from 3.31 on it is refused to users,
 * as Cinder does. Throws a fault of 400.
 */
export function readFilters(
  query: URLSearchParams,
  { minor, isAdmin }: { readonly minor: number; readonly isAdmin: boolean },
): ListFilters | 'nothing' {
  const asked =
    minor >= resourceFiltersMinor ? checkedFilters(query, isAdmin) : heardFilters(query, { minor, isAdmin });
  let filters: ListFilters = {};
  let nothing = false;
  for (const [name, text] of asked) {
    const read = readerOf(name, minor)?.({ text, name, minor }) ?? 'nothing';
    if (read === 'nothing') nothing = true;
    else
      filters = { ...filters, ...read, ...(filters.like && read.like && { like: { ...filters.like, ...read.like } }) };
  }
  return nothing ? 'nothing' : filters;
}

function readerOf(name: string, minor: number): Reader | undefined {
  if (name.endsWith('~') && minor < likeMinor) return undefined;
  return Object.hasOwn(readers, name) ? readers[name] : undefined;
}

type Pairs = readonly (readonly [name: string, text: string])[];

function heardFilters(
  query: URLSearchParams,
  { minor, isAdmin }: { readonly minor: number; readonly isAdmin: boolean },
): Pairs {
  const known = filtersOfResource('volume');
  const unheard = (name: string) => Object.hasOwn(since, name) && minor < since[name]!;
  return [...query].filter(([name]) => !unheard(name) && (isAdmin || known.includes(name)));
}

function checkedFilters(query: URLSearchParams, isAdmin: boolean): Pairs {
  const asked = [...query];
  if (asked.some(([name]) => !/^[\0-\x7f]*$/.test(name))) {
    throw badRequest('Filter keys can only contain ASCII characters.');
  }
  const known = filtersOfResource('volume');
  const unknown = [...new Set(asked.map(([name]) => name))].filter((name) => !isAdmin && !known.includes(name));
  if (unknown.length === 0) return asked;
  throw badRequest(`Invalid filters ${unknown.join(',').slice(0, 255)} are found in query options.`);
}

/** A literal's value as the text that a column holds; what is no literal, as it stands. */
function textOf(value: PythonValue | undefined, text: string): string {
  return value === undefined || (typeof value === 'object' && value !== null) ? text : String(value);
}

function isDictionary(value: PythonValue | undefined): value is { readonly [key: string]: PythonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPlainPair(pair: [string, PythonValue]): pair is [string, string | number | boolean] {
  return pair[1] !== null && typeof pair[1] !== 'object';
}
