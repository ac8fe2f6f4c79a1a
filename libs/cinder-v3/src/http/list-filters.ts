import { badRequest } from '../fault';
import { type FilteredResource, filtersOfResource } from '../resource-filters/resource-filters';
import { type PythonValue, pythonLiteral } from './python-literal';

/** One value, or any of several. */
export type AnyOf<Value = string> = Value | readonly Value[];

/** One filter of a query. */
export interface AskedFilter {
  readonly text: string;
  readonly name: string;
  readonly minor: number;
}

/** What a filter narrows a list by; `nothing`: no row can match. */
export type FilterReader<Filters> = (asked: AskedFilter) => Filters | 'nothing';

/** The filters that a kind of list has. */
export interface FilterTable<Filters> {
  readonly resource: FilteredResource;
  readonly readers: Readonly<Record<string, FilterReader<Filters>>>;
  /** Filters that came with a microversion, and are not heard before it. */
  readonly since: Readonly<Record<string, number>>;
}

/** From 3.31 on whatever is not known is refused instead. */
const resourceFiltersMinor = 31;
/** From 3.34 on `name~` finds parts. */
const likeMinor = 34;

/**
 * Reads what is left of a query after paging. Users have the filters of `GET /resource_filters`, administrators every column;
 * a filter that nobody knows is ignored for users and matches nothing for administrators, and from 3.31 on it is refused to users,
 * as Cinder does. Throws a fault of 400.
 */
export function readListFilters<Filters extends { readonly like?: object }>(
  table: FilterTable<Filters>,
  query: URLSearchParams,
  { minor, isAdmin }: { readonly minor: number; readonly isAdmin: boolean },
): Filters | 'nothing' {
  const asked =
    minor >= resourceFiltersMinor ? checkedFilters(table, query, isAdmin) : heardFilters(table, query, minor, isAdmin);
  let filters = {} as Filters;
  let nothing = false;
  for (const [name, text] of asked) {
    const read = readerOf(table, name, minor)?.({ text, name, minor }) ?? 'nothing';
    if (read === 'nothing') nothing = true;
    else {
      const like = filters.like && read.like ? { like: { ...filters.like, ...read.like } } : {};
      filters = { ...filters, ...read, ...like };
    }
  }
  return nothing ? 'nothing' : filters;
}

function readerOf<Filters>({ readers }: FilterTable<Filters>, name: string, minor: number) {
  if (name.endsWith('~') && minor < likeMinor) return undefined;
  return Object.hasOwn(readers, name) ? readers[name] : undefined;
}

type Pairs = readonly (readonly [name: string, text: string])[];

function heardFilters<Filters>(
  { resource, since }: FilterTable<Filters>,
  query: URLSearchParams,
  minor: number,
  isAdmin: boolean,
): Pairs {
  const known = filtersOfResource(resource);
  const unheard = (name: string) => Object.hasOwn(since, name) && minor < since[name]!;
  return [...query].filter(([name]) => !unheard(name) && (isAdmin || known.includes(name)));
}

function checkedFilters<Filters>({ resource }: FilterTable<Filters>, query: URLSearchParams, isAdmin: boolean): Pairs {
  const asked = [...query];
  refuseUnknownFilters(
    asked.map(([name]) => name),
    isAdmin ? 'all' : filtersOfResource(resource),
  );
  return asked;
}

/** Throws a fault of 400 that names the filters that are none of the known ones. */
export function refuseUnknownFilters(names: readonly string[], known: readonly string[] | 'all'): void {
  if (names.some((name) => !/^[\0-\x7f]*$/.test(name))) {
    throw badRequest('Filter keys can only contain ASCII characters.');
  }
  const unknown = [...new Set(names)].filter((name) => known !== 'all' && !known.includes(name));
  if (unknown.length === 0) return;
  throw badRequest(`Invalid filters ${unknown.join(',').slice(0, 255)} are found in query options.`);
}

/** A column that Cinder compares as it stands, or with each of a list. What no row lacks never equals None. */
export function textsFilter<Field extends string>(field: Field) {
  return ({ text }: AskedFilter): { readonly [Name in Field]: AnyOf } | 'nothing' => {
    const value = pythonLiteral(text);
    if (value === null || value === '') return 'nothing';
    const wanted = Array.isArray(value) ? value.map(String) : textOf(value, text);
    return { [field]: wanted } as { readonly [Name in Field]: AnyOf };
  };
}

/** A dictionary whose pairs must all be there. */
export function pairsFilter<Field extends string>(field: Field) {
  return ({ text }: AskedFilter): { readonly [Name in Field]: Readonly<Record<string, string>> } | 'nothing' => {
    const value = pythonLiteral(text);
    if (!isDictionary(value)) return 'nothing';
    const pairs: [string, string][] = [];
    for (const [key, item] of Object.entries(value)) {
      if (item === null || typeof item === 'object') return 'nothing';
      pairs.push([key, String(item)]);
    }
    return { [field]: Object.fromEntries(pairs) } as { readonly [Name in Field]: Readonly<Record<string, string>> };
  };
}

/** Whole numbers, one or any of several. */
export function wholeNumbersFilter<Field extends string>(field: Field) {
  return ({ text }: AskedFilter): { readonly [Name in Field]: readonly number[] } | 'nothing' => {
    const value = pythonLiteral(text);
    const numbers = Array.isArray(value) ? value : [value];
    const known: readonly number[] = numbers.flatMap((one) =>
      typeof one === 'number' && Number.isInteger(one) && Math.abs(one) < 2 ** 31 ? one : [],
    );
    return known.length > 0 ? ({ [field]: known } as { readonly [Name in Field]: readonly number[] }) : 'nothing';
  };
}

/** What no row of ours has: every one matches None, and none anything else. */
export const neverSetFilter = ({ text }: AskedFilter): Record<string, never> | 'nothing' =>
  pythonLiteral(text) === null ? {} : 'nothing';

/** A literal's value as the text that a column holds; what is no literal, as it stands. */
function textOf(value: PythonValue | undefined, text: string): string {
  return value === undefined || (typeof value === 'object' && value !== null) ? text : String(value);
}

function isDictionary(value: PythonValue | undefined): value is { readonly [key: string]: PythonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
