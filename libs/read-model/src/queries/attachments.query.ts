import { statement, type Database } from '../database/database';
import { attachmentsTable, type AttachmentRow } from '../tables/attachments.table';
import { selectList } from '../tables/table';
import { conditionsOf, equals, likeConditions, type AnyOf } from './conditions';
import { inProject, listRows, type Listed, type Page, type PageOptions, type ProjectScope } from './list-rows';
import { column, nullable, type SortColumns } from './order';

/** Which attachments to list, of those that are there. */
export interface AttachmentListOptions extends PageOptions<AttachmentSortField> {
  readonly project: ProjectScope;
  readonly filters?: AttachmentFilters;
}

/** All that are given must hold; what is a list matches any of it. */
export interface AttachmentFilters {
  readonly id?: AnyOf;
  readonly volumeId?: AnyOf;
  readonly instanceId?: AnyOf;
  /** Also what the wire calls `attach_status`. */
  readonly status?: AnyOf;
  readonly hostName?: AnyOf;
  readonly mode?: AnyOf;
  /** Parts of the texts, in whatever case. */
  readonly like?: { readonly [Field in keyof typeof likeExpressions]?: string };
}

const sortColumns = {
  id: column('id'),
  createdAt: column('created_at'),
  updatedAt: column('updated_at'),
  volumeId: column('volume_id'),
  instanceId: nullable('instance_id'),
  status: column('status'),
} satisfies SortColumns<string>;

/** What lists of attachments may be sorted by. */
export type AttachmentSortField = keyof typeof sortColumns;
export const attachmentSortFields = Object.keys(sortColumns) as readonly AttachmentSortField[];

const columns = selectList(attachmentsTable);
const listed: Listed<AttachmentSortField> = { noun: 'attachment', table: 'attachments', columns, sort: sortColumns };

const findStatement = statement(`select ${columns} from attachments where id = $1`);

/** The caller looks at its project. Throws `ReadModelUnavailableError`. */
export async function findAttachment(database: Database, id: string): Promise<AttachmentRow | undefined> {
  const [row] = await database.query<AttachmentRow>(findStatement, [id]);
  return row;
}

/** One page of attachments. Throws `MarkerNotFoundError`, `ReadModelUnavailableError`. */
export function listAttachments(database: Database, options: AttachmentListOptions): Promise<Page<AttachmentRow>> {
  const { project, filters = {} } = options;
  const visible = inProject('project_id', project);
  return listRows(database, listed, { visible, filters: conditionsOf(filters, filterConditions) }, options);
}

const likeExpressions = {
  volumeId: 'volume_id',
  instanceId: 'instance_id',
  status: 'status',
  hostName: 'host_name',
} as const;

const filterConditions: Parameters<typeof conditionsOf<AttachmentFilters>>[1] = {
  id: equals('id'),
  volumeId: equals('volume_id'),
  instanceId: equals('instance_id'),
  status: equals('status'),
  hostName: equals('host_name'),
  mode: equals('mode'),
  like: likeConditions(likeExpressions),
};
