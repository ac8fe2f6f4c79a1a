import { badRequest, invalidInput } from '../fault';
import { booleanOf } from './boolean-text';
import { isStorable } from './storable-text';

/** Items a page at the most (osapi_max_limit). */
export const pageMax = 1_000;
/** The largest number that Cinder's database holds. */
const offsetMax = 2_147_483_647;

/** What every list takes beside its filters. */
export const pagingNames: readonly string[] = [
  'limit',
  'marker',
  'offset',
  'sort',
  'sort_key',
  'sort_dir',
  'all_tenants',
];

/** Which part of a list is asked for. */
export interface PageQuery {
  readonly limit: number;
  readonly marker: string | undefined;
  readonly offset: number;
}

/** Reads `limit`, `marker` and `offset`. Throws a fault of 400, also for texts that no row could be compared with. */
export function readPage(query: URLSearchParams): PageQuery {
  for (const [name, value] of query) {
    if (!isStorable(name) || !isStorable(value)) throw invalidInput('the query holds a character that is no text.');
  }
  return {
    limit: limitOf(query.get('limit')),
    marker: query.get('marker') ?? undefined,
    offset: offsetOf(query.get('offset')),
  };
}

/** Whether an administrator asks for all projects: whoever is none is not heard. Throws a fault of 400. */
export function readAllTenants(query: URLSearchParams, isAdmin: boolean): boolean {
  const text = isAdmin ? query.get('all_tenants') : null;
  return text !== null && booleanOf(text, 'all_tenants');
}

/** Whether all that match are to be counted, from 3.45 on; before it is a filter like any other. Throws a fault of 400. */
export function readWithCount(query: URLSearchParams, minor: number): boolean {
  const text = minor >= countMinor ? query.get('with_count') : null;
  return text !== null && booleanOf(text, 'with_count');
}

/** What of a query is neither page, order nor scope. */
export function filtersIn(query: URLSearchParams, minor: number): URLSearchParams {
  const isFilter = (name: string) => !pagingNames.includes(name) && !(name === 'with_count' && minor >= countMinor);
  return new URLSearchParams([...query].filter(([name]) => isFilter(name)));
}

const countMinor = 45;

function limitOf(text: string | null): number {
  if (text === null) return pageMax;
  if (!/^\s*[+-]?\d{1,15}\s*$/.test(text)) throw badRequest('limit param must be an integer');
  const limit = Number(text);
  if (limit < 0) throw badRequest('limit param must be positive');
  return Math.min(limit, pageMax);
}

function offsetOf(text: string | null): number {
  if (text === null) return 0;
  if (!/^\s*[+-]?\d+\s*$/.test(text)) throw badRequest('offset must be an integer');
  const offset = Number(text);
  if (offset < 0) throw badRequest('offset must be >= 0');
  if (offset > offsetMax) throw badRequest(`offset must be <= ${offsetMax}`);
  return offset;
}
