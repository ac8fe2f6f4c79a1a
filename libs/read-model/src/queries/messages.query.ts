import { statement, type Database } from '../database/database';
import { messagesTable, type MessageRow } from '../tables/messages.table';
import { selectList } from '../tables/table';
import { conditionsOf, equals, likeConditions, type AnyOf, type Condition } from './conditions';
import { inProject, listRows, type Listed, type Page, type PageOptions, type ProjectScope } from './list-rows';
import { column, nullable, type SortColumns } from './order';

/** Which messages to list; neither those that somebody deleted nor those that are older than they were guaranteed. */
export interface MessageListOptions extends PageOptions<MessageSortField> {
  readonly project: ProjectScope;
  readonly filters?: MessageFilters;
}

/** All that are given must hold; what is a list matches any of it. */
export interface MessageFilters {
  readonly id?: AnyOf;
  readonly resourceUuid?: AnyOf;
  readonly resourceType?: AnyOf;
  readonly eventId?: AnyOf;
  readonly requestId?: AnyOf;
  readonly messageLevel?: AnyOf;
  readonly like?: { readonly [Field in keyof typeof likeExpressions]?: string };
}

const sortColumns = {
  id: column('id'),
  createdAt: column('created_at'),
  guaranteedUntil: column('guaranteed_until'),
  eventId: column('event_id'),
  requestId: nullable('request_id'),
  resourceType: column('resource_type'),
  resourceUuid: column('resource_uuid'),
  messageLevel: column('message_level'),
} satisfies SortColumns<string>;

/** What lists of messages may be sorted by. */
export type MessageSortField = keyof typeof sortColumns;
export const messageSortFields = Object.keys(sortColumns) as readonly MessageSortField[];

const columns = selectList(messagesTable);
const listed: Listed<MessageSortField> = { noun: 'message', table: 'messages', columns, sort: sortColumns };

const isThere = 'guaranteed_until > now() and not exists (select from deleted_messages d where d.id = messages.id)';
const findStatement = statement(`select ${columns} from messages where id = $1 and ${isThere}`);

/** The caller looks at its project. Throws `ReadModelUnavailableError`. */
export async function findMessage(database: Database, id: string): Promise<MessageRow | undefined> {
  const [row] = await database.query<MessageRow>(findStatement, [id]);
  return row;
}

/** One page of messages. Throws `MarkerNotFoundError`, `ReadModelUnavailableError`. */
export function listMessages(database: Database, options: MessageListOptions): Promise<Page<MessageRow>> {
  const { project, filters = {} } = options;
  const visible: Condition[] = [() => isThere, ...inProject('project_id', project)];
  return listRows(database, listed, { visible, filters: conditionsOf(filters, filterConditions) }, options);
}

/** Marks that nobody needs any more, because their messages are no longer shown anyway, go with the next one. */
const deleteStatement = statement(`
  with old as (delete from deleted_messages where deleted_at < now() - interval '31 days')
  insert into deleted_messages select $1, now() where exists (select from messages where id = $1)
    on conflict (id) do nothing`);

/** Shows the message no more; harmless when there is none. The caller has looked at its project. Throws `ReadModelUnavailableError`. */
export async function deleteMessage(database: Database, id: string): Promise<void> {
  await database.query(deleteStatement, [id]);
}

const likeExpressions = {
  resourceUuid: 'resource_uuid',
  resourceType: 'resource_type',
  eventId: 'event_id',
  requestId: 'request_id',
  messageLevel: 'message_level',
} as const;

const filterConditions: Parameters<typeof conditionsOf<MessageFilters>>[1] = {
  id: equals('id'),
  resourceUuid: equals('resource_uuid'),
  resourceType: equals('resource_type'),
  eventId: equals('event_id'),
  requestId: equals('request_id'),
  messageLevel: equals('message_level'),
  like: likeConditions(likeExpressions),
};
