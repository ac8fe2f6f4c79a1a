import { statement, type Database } from '../database/database';
import { selectList } from '../tables/table';
import { transfersTable, type TransferRow } from '../tables/transfers.table';
import { conditionsOf, equals, likeConditions, type AnyOf, type Condition } from './conditions';
import { inProject, listRows, type Listed, type Page, type PageOptions, type ProjectScope } from './list-rows';
import { column, nullable, type SortColumns } from './order';

/** Which transfers to list, of those that wait to be accepted. */
export interface TransferListOptions extends PageOptions<TransferSortField> {
  /** The project that offers. */
  readonly project: ProjectScope;
  readonly filters?: TransferFilters;
}

/** All that are given must hold; what is a list matches any of it. */
export interface TransferFilters {
  readonly id?: AnyOf;
  readonly volumeId?: AnyOf;
  readonly name?: AnyOf;
  readonly like?: { readonly [Field in keyof typeof likeExpressions]?: string };
}

const sortColumns = {
  id: column('id'),
  createdAt: column('created_at'),
  name: nullable('name'),
  volumeId: column('volume_id'),
} satisfies SortColumns<string>;

/** What lists of transfers may be sorted by. */
export type TransferSortField = keyof typeof sortColumns;
export const transferSortFields = Object.keys(sortColumns) as readonly TransferSortField[];

const columns = selectList(transfersTable);
const listed: Listed<TransferSortField> = { noun: 'transfer', table: 'transfers', columns, sort: sortColumns };

const findStatement = statement(`select ${columns} from transfers where id = $1 and deleted_at is null`);

/**
 * A transfer that waits to be accepted: by whoever knows its key, from whatever project. Throws `ReadModelUnavailableError`.
 */
export async function findTransfer(database: Database, id: string): Promise<TransferRow | undefined> {
  const [row] = await database.query<TransferRow>(findStatement, [id]);
  return row;
}

/** One page of transfers. Throws `MarkerNotFoundError`, `ReadModelUnavailableError`. */
export function listTransfers(database: Database, options: TransferListOptions): Promise<Page<TransferRow>> {
  const { project, filters = {} } = options;
  const visible: Condition[] = [() => 'deleted_at is null', ...inProject('source_project_id', project)];
  return listRows(database, listed, { visible, filters: conditionsOf(filters, filterConditions) }, options);
}

const likeExpressions = { name: 'name', volumeId: 'volume_id' } as const;

const filterConditions: Parameters<typeof conditionsOf<TransferFilters>>[1] = {
  id: equals('id'),
  volumeId: equals('volume_id'),
  name: equals('name'),
  like: likeConditions(likeExpressions),
};
