import { type FilterTable, readListFilters } from '../http/list-filters';
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

/** What a list of messages is narrowed by; all that is given must hold. */
export interface MessageListFilters {
  readonly id?: string;
  readonly resourceUuid?: string;
  readonly resourceType?: string;
  readonly eventId?: string;
  readonly requestId?: string;
  readonly messageLevel?: string;
  readonly like?: { readonly [Field in Like]?: string };
}

type Like = 'resourceUuid' | 'resourceType' | 'eventId' | 'requestId' | 'messageLevel';

const plain =
  (field: Like | 'id') =>
  ({ text }: { readonly text: string }): MessageListFilters => ({ [field]: text });
const like =
  (field: Like) =>
  ({ text }: { readonly text: string }): MessageListFilters => ({ like: { [field]: text } });

const table: FilterTable<MessageListFilters> = {
  resource: 'message',
  readers: {
    id: plain('id'),
    resource_uuid: plain('resourceUuid'),
    resource_type: plain('resourceType'),
    event_id: plain('eventId'),
    request_id: plain('requestId'),
    message_level: plain('messageLevel'),
    'resource_uuid~': like('resourceUuid'),
    'resource_type~': like('resourceType'),
    'event_id~': like('eventId'),
    'request_id~': like('requestId'),
    'message_level~': like('messageLevel'),
  },
  since: {},
};

export interface ListMessagesQuery extends PageQuery {
  readonly sort: readonly SortKeyOf<(typeof sortFields)[keyof typeof sortFields]>[] | undefined;
  /** `nothing`: a filter that no message can match. */
  readonly filters: MessageListFilters | 'nothing';
}

/** Pages, order and filters came with 3.5; before, all messages are listed. */
const pagesMinor = 5;
/** From 3.31 on users are refused what is no filter of theirs; before it, whoever asks may ask for every column. */
const refusalMinor = 31;

/** Reads the query of `GET /messages`. Throws a fault of 400. */
export function parseListMessages(
  query: URLSearchParams,
  { minor, isAdmin }: { readonly minor: number; readonly isAdmin: boolean },
): ListMessagesQuery {
  if (minor < pagesMinor) return { limit: pageMax, marker: undefined, offset: 0, sort: undefined, filters: {} };
  const hearsAll = isAdmin || minor < refusalMinor;
  return {
    ...readPage(query),
    sort: readSortKeys(query, sortFields),
    filters: readListFilters(table, filtersIn(query, 0), { minor, isAdmin: hearsAll }),
  };
}
