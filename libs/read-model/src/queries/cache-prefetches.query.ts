import { statement, type Database } from '../database/database';
import { cachePinsTable, type CachePinRow } from '../tables/cache-pins.table';
import { cachePoliciesTable, type CachePolicyRow } from '../tables/cache-policies.table';
import { cachePrefetchesTable, type CachePrefetchRow } from '../tables/cache-prefetches.table';
import { selectList } from '../tables/table';
import { conditionsOf, equals, hostIs, timeIs, type AnyOf, type TimeComparison } from './conditions';
import { listRows, type Listed, type Page, type PageOptions } from './list-rows';
import { column, type SortColumns } from './order';

/** Which prefetches to list. All that are given must hold. */
export interface CachePrefetchFilters {
  readonly pool?: AnyOf;
  readonly host?: string;
  readonly imageId?: AnyOf;
  readonly status?: AnyOf;
  /** The request that asked for it. */
  readonly requestId?: string;
  /** The policy that asked for it. */
  readonly policyId?: string;
  readonly requestedAt?: TimeComparison;
}

const sortColumns = {
  id: column('id'),
  createdAt: column('requested_at'),
  pool: column('pool'),
  imageId: column('image_id'),
  status: column('status'),
} satisfies SortColumns<string>;

export type CachePrefetchSortField = keyof typeof sortColumns;

const columns = `${selectList(cachePrefetchesTable)}, requested_at as "createdAt"`;
const listed: Listed<CachePrefetchSortField> = {
  noun: 'prefetch',
  table: 'cache_prefetches',
  columns,
  sort: sortColumns,
};

const filterConditions: Parameters<typeof conditionsOf<CachePrefetchFilters>>[1] = {
  pool: equals('pool'),
  host: hostIs('pool'),
  imageId: equals('image_id'),
  status: equals('status'),
  requestId: equals(`(requested_by ->> 'requestId')`),
  policyId: equals(`(requested_by ->> 'policyId')`),
  requestedAt: timeIs('requested_at'),
};

/** One page of prefetches. Throws `MarkerNotFoundError`, `ReadModelUnavailableError`. */
export function listCachePrefetches(
  database: Database,
  { filters = {}, ...page }: PageOptions<CachePrefetchSortField> & { readonly filters?: CachePrefetchFilters },
): Promise<Page<CachePrefetchRow>> {
  return listRows(database, listed, { visible: [], filters: conditionsOf(filters, filterConditions) }, page);
}

const findStatement = statement(`select ${columns} from cache_prefetches where id = $1`);

/** Throws `ReadModelUnavailableError`. */
export async function findCachePrefetch(database: Database, id: string): Promise<CachePrefetchRow | undefined> {
  const [row] = await database.query<CachePrefetchRow>(findStatement, [id]);
  return row;
}

const pinsStatement = statement(`
  select ${selectList(cachePinsTable)} from cache_pins
    where ($1::text is null or pool = $1) and ($2::text is null or image_id = $2) order by pool, image_id`);

/** Pins of one pool or all, of one image or all. Throws `ReadModelUnavailableError`. */
export function listCachePins(
  database: Database,
  { pool, imageId }: { readonly pool?: string; readonly imageId?: string } = {},
): Promise<CachePinRow[]> {
  return database.query<CachePinRow>(pinsStatement, [pool ?? null, imageId ?? null]);
}

const policyColumns = selectList(cachePoliciesTable);
const policiesStatement = statement(
  `select ${policyColumns} from cache_policies where removed_at is null order by name, id`,
);
const policyStatement = statement(`select ${policyColumns} from cache_policies where id = $1 and removed_at is null`);

/** Without those that were removed. Throws `ReadModelUnavailableError`. */
export function listCachePolicies(database: Database): Promise<CachePolicyRow[]> {
  return database.query<CachePolicyRow>(policiesStatement);
}

/** Throws `ReadModelUnavailableError`. */
export async function findCachePolicy(database: Database, id: string): Promise<CachePolicyRow | undefined> {
  const [row] = await database.query<CachePolicyRow>(policyStatement, [id]);
  return row;
}
