import { evictReasons } from '@hearth/contracts';
import { type PageQuery, readPage } from '../http/paging';
import { readSortKeys, type SortKeyOf } from '../http/sort-keys';
import { checkedQuery, flagIn, instantIn, textIn, wholeIn, wordsIn } from './query-values';

export const cacheEntryStatuses = ['filling', 'ready', 'retired'] as const;

const sortFields = {
  created_at: 'createdAt',
  last_used_at: 'lastUsedAt',
  size_gib: 'sizeGib',
  hits: 'hits',
  used_by: 'usedBy',
  pool: 'pool',
  generation: 'generation',
  image_id: 'imageId',
  image_name: 'imageName',
  status: 'status',
  id: 'id',
} as const;

export type CacheEntrySort = SortKeyOf<(typeof sortFields)[keyof typeof sortFields]>;

/** Which cache entries to list. */
export interface CacheEntriesQuery extends PageQuery {
  readonly withCount: boolean;
  readonly sort: readonly CacheEntrySort[] | undefined;
  readonly filters: {
    readonly pool?: string;
    readonly host?: string;
    readonly imageId?: string;
    readonly imageName?: string;
    readonly content?: string;
    readonly status?: readonly string[];
    readonly projectId?: string;
    readonly pinned?: boolean;
    readonly suspended?: boolean;
    readonly retireReason?: readonly string[];
    readonly sizeGib?: { readonly min?: number; readonly max?: number };
    readonly createdAt?: { readonly gte?: string; readonly lt?: string };
    readonly lastUsedAt?: { readonly gte?: string; readonly lt?: string };
  };
}

const pageNames = ['limit', 'marker', 'offset', 'sort', 'sort_key', 'sort_dir', 'with_count'];
const names = [
  ...[
    'pool',
    'host',
    'image_id',
    'image_name',
    'content',
    'status',
    'project_id',
    'pinned',
    'suspended',
    'retire_reason',
  ],
  ...['min_size', 'max_size', 'created_since', 'created_before', 'used_since', 'used_before'],
];

/** Reads the query of `GET /v3/cache/entries`. Throws a fault of 400. */
export function parseCacheEntries(query: URLSearchParams): CacheEntriesQuery {
  checkedQuery(query, [...names, ...pageNames]);
  return {
    ...readPage(query),
    withCount: flagIn(query, 'with_count') ?? false,
    sort: readSortKeys(query, sortFields),
    filters: {
      ...optional('pool', textIn(query, 'pool')),
      ...optional('host', textIn(query, 'host')),
      ...optional('imageId', textIn(query, 'image_id')?.toLowerCase()),
      ...optional('imageName', textIn(query, 'image_name')),
      ...optional('content', textIn(query, 'content')),
      ...optional('status', wordsIn(query, 'status', cacheEntryStatuses)),
      ...optional('projectId', textIn(query, 'project_id')),
      ...optional('pinned', flagIn(query, 'pinned')),
      ...optional('suspended', flagIn(query, 'suspended')),
      ...optional('retireReason', wordsIn(query, 'retire_reason', [...evictReasons, 'fill-failed', 'cancelled'])),
      ...optional('sizeGib', between('min', wholeIn(query, 'min_size'), 'max', wholeIn(query, 'max_size'))),
      ...optional('createdAt', times(query, 'created_since', 'created_before')),
      ...optional('lastUsedAt', times(query, 'used_since', 'used_before')),
    },
  };
}

function times(query: URLSearchParams, since: string, before: string) {
  return between('gte', instantIn(query, since), 'lt', instantIn(query, before));
}

/** Undefined where neither is said. */
function between<Low extends string, High extends string, Value>(
  low: Low,
  lowest: Value | undefined,
  high: High,
  highest: Value | undefined,
) {
  if (lowest === undefined && highest === undefined) return undefined;
  return { ...optional(low, lowest), ...optional(high, highest) };
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined) {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Only in Name]?: Value };
}
