import { prefetchOutcomes } from '@hearth/contracts';
import { invalidInput } from '../fault';
import { type PageQuery, readPage } from '../http/paging';
import { readSortKeys, type SortKeyOf } from '../http/sort-keys';
import { checkedQuery, flagIn, instantIn, textIn, textsIn } from './query-values';

export const prefetchStatuses = ['queued', 'running', ...prefetchOutcomes] as const;

const sortFields = {
  requested_at: 'createdAt',
  pool: 'pool',
  image_id: 'imageId',
  status: 'status',
  id: 'id',
} as const;

/** Which prefetches to list. */
export interface CachePrefetchesQuery extends PageQuery {
  readonly withCount: boolean;
  readonly sort: readonly SortKeyOf<(typeof sortFields)[keyof typeof sortFields]>[] | undefined;
  readonly filters: {
    readonly pool: string | undefined;
    readonly host: string | undefined;
    readonly imageId: string | undefined;
    readonly status: readonly string[] | undefined;
    readonly requestId: string | undefined;
    readonly policyId: string | undefined;
    readonly requestedAt: { readonly gte: string } | undefined;
  };
}

const names = ['pool', 'host', 'image_id', 'status', 'request_id', 'policy_id', 'since'];
const pageNames = ['limit', 'marker', 'offset', 'sort', 'sort_key', 'sort_dir', 'with_count'];

/** Reads the query of `GET /v3/cache/prefetches`. Throws a fault of 400. */
export function parseCachePrefetches(query: URLSearchParams): CachePrefetchesQuery {
  checkedQuery(query, [...names, ...pageNames]);
  const status = textsIn(query, 'status');
  const unknown = status?.find((word) => !(prefetchStatuses as readonly string[]).includes(word));
  if (unknown !== undefined) throw invalidInput(`status is none of ${prefetchStatuses.join(', ')}: '${unknown}'`);
  const since = instantIn(query, 'since');
  return {
    ...readPage(query),
    withCount: flagIn(query, 'with_count') ?? false,
    sort: readSortKeys(query, sortFields),
    filters: {
      ...{ pool: textIn(query, 'pool'), host: textIn(query, 'host'), status },
      ...{ imageId: textIn(query, 'image_id')?.toLowerCase(), requestId: textIn(query, 'request_id') },
      policyId: textIn(query, 'policy_id'),
      requestedAt: since === undefined ? undefined : { gte: since },
    },
  };
}

/** Of which pool or image pins are meant. Throws a fault of 400. */
export function parseCachePins(query: URLSearchParams): { readonly pool?: string; readonly imageId?: string } {
  checkedQuery(query, ['pool', 'image_id']);
  const [pool, imageId] = [textIn(query, 'pool'), textIn(query, 'image_id')?.toLowerCase()];
  return { ...(pool !== undefined && { pool }), ...(imageId !== undefined && { imageId }) };
}

/** A page of the volumes that use an entry. Throws a fault of 400. */
export function parseEntryUsers(query: URLSearchParams): PageQuery & { readonly withCount: boolean } {
  checkedQuery(query, ['limit', 'marker', 'with_count']);
  return { ...readPage(query), withCount: flagIn(query, 'with_count') ?? false };
}
