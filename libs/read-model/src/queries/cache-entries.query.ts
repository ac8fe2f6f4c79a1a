import type { Outcome } from '@hearth/contracts';
import { statement, type Database } from '../database/database';
import { cacheEntriesTable, type CacheEntryRow } from '../tables/cache-entries.table';
import { selectList } from '../tables/table';
import {
  conditionsOf,
  equals,
  hostIs,
  isLike,
  timeIs,
  type AnyOf,
  type Condition,
  type TimeComparison,
} from './conditions';
import { listRows, type Listed, type Page, type PageOptions } from './list-rows';
import { column, nullable, type SortColumns } from './order';

/** A cache entry with the creates that hold it now. */
export interface CacheEntryView extends CacheEntryRow {
  /** The entry's name on the wire: its image-volume's. */
  readonly id: string;
  /** Creates in progress that need it, in any form. */
  readonly claims: number;
  /** Those of them whose clone may be running. */
  readonly leases: number;
  /** No rule of its pool's takes it. */
  readonly pinned: boolean;
}

/** Which entries to list; those whose image-volume is gone are left out. All that are given must hold. */
export interface CacheEntryFilters {
  readonly pool?: AnyOf;
  /** A pool, a backend with its pools, or a host with its backends. */
  readonly host?: string;
  readonly imageId?: AnyOf;
  /** A part of the image's name, in whatever case. */
  readonly imageName?: string;
  readonly content?: string;
  readonly status?: AnyOf;
  readonly projectId?: AnyOf;
  readonly pinned?: boolean;
  readonly suspended?: boolean;
  readonly retireReason?: AnyOf;
  /** GiB, both included. */
  readonly sizeGib?: { readonly min?: number; readonly max?: number };
  readonly createdAt?: TimeComparison;
  readonly lastUsedAt?: TimeComparison;
}

const sortColumns = {
  id: column('image_volume_id'),
  createdAt: column('created_at'),
  lastUsedAt: column('last_used_at'),
  sizeGib: column('size_gib'),
  hits: column('hits'),
  usedBy: column('used_by'),
  pool: column('pool'),
  generation: column('generation'),
  imageId: column('image_id'),
  imageName: nullable('image_name'),
  status: column('status'),
} satisfies SortColumns<string>;

/** What lists of entries may be sorted by. */
export type CacheEntrySortField = keyof typeof sortColumns;

const ofEntry = 'pool = cache_entries.pool and generation = cache_entries.generation';
/** Its image is, or another that it serves by an equal hash: the contents of all pins are gathered once a query. */
const pinnedHere = `(exists (select from cache_pins p where p.pool = cache_entries.pool and p.image_id = cache_entries.image_id)
    or (cache_entries.pool, cache_entries.content) in
      (select p.pool, c.content from cache_pins p, jsonb_array_elements_text(p.contents) as c(content)))`;
const columns = `${selectList(cacheEntriesTable)}, cache_entries.image_volume_id as "id",
    (select count(*) from cache_claims where ${ofEntry}) as claims,
    (select count(*) from cache_claims where ${ofEntry} and stage = 'leased') as leases,
    ${pinnedHere} as pinned`;
const listed: Listed<CacheEntrySortField> = {
  noun: 'cache entry',
  table: 'cache_entries',
  columns,
  sort: sortColumns,
};

const filterConditions: Parameters<typeof conditionsOf<CacheEntryFilters>>[1] = {
  pool: equals('pool'),
  host: hostIs('pool'),
  imageId: equals('image_id'),
  imageName: isLike('image_name'),
  content: equals('content'),
  status: equals('status'),
  projectId: equals('project_id'),
  pinned: (wanted) => () => (wanted ? pinnedHere : `not ${pinnedHere}`),
  suspended: (wanted) => () => (wanted ? 'suspended is not null' : 'suspended is null'),
  retireReason: equals('retire_reason'),
  sizeGib:
    ({ min = 0, max = 2 ** 31 - 1 }) =>
    (parameter) =>
      `size_gib between ${parameter(min)}::integer and ${parameter(max)}::integer`,
  createdAt: timeIs('created_at'),
  lastUsedAt: timeIs('last_used_at'),
};

const present: Condition = () => 'reaped_at is null';

/**
 * One page of entries; the marker may be one that has gone since the page before. Throws `MarkerNotFoundError`,
 * `ReadModelUnavailableError`.
 */
export function listCacheEntries(
  database: Database,
  { filters = {}, ...page }: PageOptions<CacheEntrySortField> & { readonly filters?: CacheEntryFilters },
): Promise<Page<CacheEntryView>> {
  return listRows(
    database,
    listed,
    { visible: [], filters: [present, ...conditionsOf(filters, filterConditions)] },
    page,
  );
}

const findStatement = statement(
  `select ${columns} from cache_entries where image_volume_id = $1 order by pool, generation limit 1`,
);

/** An entry by its image-volume, also when that is gone. Throws `ReadModelUnavailableError`. */
export async function findCacheEntry(database: Database, imageVolumeId: string): Promise<CacheEntryView | undefined> {
  const [row] = await database.query<CacheEntryView>(findStatement, [imageVolumeId]);
  return row;
}

/** A volume that was made from an entry and is there. */
export interface EntryUser {
  readonly id: string;
  readonly name: string | null;
  readonly projectId: string;
  readonly status: string;
  readonly sizeGib: number;
  readonly outcome: Outcome;
  readonly createdAt: string;
}

type UserSortField = 'sizeGib' | 'projectId';
const users: Listed<UserSortField> = {
  noun: 'volume',
  table: 'volumes',
  columns: `id, name, project_id as "projectId", status, size_gib as "sizeGib", decision ->> 'outcome' as outcome,
    created_at as "createdAt"`,
  sort: {
    id: column('id'),
    createdAt: column('created_at'),
    sizeGib: column('size_gib'),
    projectId: column('project_id'),
  },
};

/** One page of them; the same holds of the marker. Throws `MarkerNotFoundError`, `ReadModelUnavailableError`. */
export function listEntryUsers(
  database: Database,
  { pool, generation }: Pick<CacheEntryRow, 'pool' | 'generation'>,
  page: PageOptions<UserSortField>,
): Promise<Page<EntryUser>> {
  const filters: Condition[] = [
    // As the index has them.
    () => `deleted_at is null and launched_at is not null and decision #>> '{entry,pool}' is not null`,
    equals(`(decision #>> '{entry,pool}')`)(pool),
    equals(`(decision #>> '{entry,generation}')`)(String(generation)),
  ];
  return listRows(database, users, { visible: [], filters }, page);
}
