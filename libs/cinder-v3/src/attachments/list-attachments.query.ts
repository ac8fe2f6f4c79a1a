import { type AnyOf, type FilterTable, readListFilters, textsFilter } from '../http/list-filters';
import { filtersIn, type PageQuery, readAllTenants, readPage } from '../http/paging';
import { readSortKeys, type SortKeyOf } from '../http/sort-keys';

/** What a list of attachments is narrowed by; all that is given must hold. */
export interface AttachmentListFilters {
  readonly id?: AnyOf;
  readonly volumeId?: AnyOf;
  readonly instanceId?: AnyOf;
  readonly status?: AnyOf;
  readonly hostName?: AnyOf;
  readonly mode?: AnyOf;
  readonly projectId?: AnyOf;
  readonly like?: { readonly [Field in 'volumeId' | 'instanceId' | 'status']?: string };
}

type Like = keyof NonNullable<AttachmentListFilters['like']>;

const like =
  (field: Like) =>
  ({ text }: { readonly text: string }): AttachmentListFilters => ({ like: { [field]: text } });

const table: FilterTable<AttachmentListFilters> = {
  resource: 'attachment',
  readers: {
    id: textsFilter('id'),
    volume_id: textsFilter('volumeId'),
    instance_id: textsFilter('instanceId'),
    instance_uuid: textsFilter('instanceId'),
    status: textsFilter('status'),
    attach_status: textsFilter('status'),
    attached_host: textsFilter('hostName'),
    attach_mode: textsFilter('mode'),
    project_id: textsFilter('projectId'),
    'volume_id~': like('volumeId'),
    'instance_id~': like('instanceId'),
    'status~': like('status'),
    'attach_status~': like('status'),
  },
  since: {},
};

const sortFields = {
  id: 'id',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  volume_id: 'volumeId',
  instance_id: 'instanceId',
  instance_uuid: 'instanceId',
  status: 'status',
  attach_status: 'status',
} as const;

export interface ListAttachmentsQuery extends PageQuery {
  readonly sort: readonly SortKeyOf<(typeof sortFields)[keyof typeof sortFields]>[] | undefined;
  /** `nothing`: a filter that no attachment can match. */
  readonly filters: AttachmentListFilters | 'nothing';
  readonly allTenants: boolean;
}

/**
 * Reads the query of `GET /attachments` and `/attachments/detail`. They are not counted: `with_count` is a filter that nobody knows, in
 * every microversion. Throws a fault of 400.
 */
export function parseListAttachments(
  query: URLSearchParams,
  { minor, isAdmin }: { readonly minor: number; readonly isAdmin: boolean },
): ListAttachmentsQuery {
  return {
    ...readPage(query),
    sort: readSortKeys(query, sortFields),
    filters: readListFilters(table, filtersIn(query, 0), { minor, isAdmin }),
    allTenants: readAllTenants(query, isAdmin),
  };
}
