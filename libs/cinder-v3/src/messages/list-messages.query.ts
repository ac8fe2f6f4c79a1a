import { filtersIn, type PageQuery, pageMax, readPage } from '../http/paging';
import { readSortKeys, type SortKeyOf } from '../http/sort-keys';

const sortFields = {
  id: 'id',
  created_at: 'createdAt',
  guaranteed_until: 'guaranteedUntil',
  event_id: 'eventId',
  request_id: 'requestId',
  resource_type: 'resourceType',
  resource_uuid: 'resourceUuid',
  message_level: 'messageLevel',
} as const;

const filterFields = {
  resource_uuid: 'resourceUuid',
  resource_type: 'resourceType',
  event_id: 'eventId',
  request_id: 'requestId',
  message_level: 'messageLevel',
} as const;

type Filter = (typeof filterFields)[keyof typeof filterFields];

export interface ListMessagesQuery extends PageQuery {
  readonly sort: readonly SortKeyOf<(typeof sortFields)[keyof typeof sortFields]>[] | undefined;
  readonly filters: { readonly [Name in Filter]?: string };
}

/** Pages, order and filters came with 3.5; before, all messages are listed. Throws a fault of 400. */
export function parseListMessages(query: URLSearchParams, minor: number): ListMessagesQuery {
  if (minor < 5) return { limit: pageMax, marker: undefined, offset: 0, sort: undefined, filters: {} };
  const page = readPage(query);
  const asked = filtersIn(query, minor);
  const filters = Object.entries(filterFields).flatMap(([name, field]) => {
    const value = asked.get(name);
    return value === null ? [] : [[field, value] as const];
  });
  return { ...page, sort: readSortKeys(query, sortFields), filters: Object.fromEntries(filters) };
}
