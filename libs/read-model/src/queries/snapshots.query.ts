import { statement, type Database } from '../database/database';
import { snapshotsTable, type SnapshotRow } from '../tables/snapshots.table';
import { selectList } from '../tables/table';
import {
  conditionsOf,
  contains,
  equals,
  hostIs,
  likeConditions,
  timeIs,
  type AnyOf,
  type Condition,
  type TimeComparison,
} from './conditions';
import { inProject, listRows, type Listed, type Page, type PageOptions, type ProjectScope } from './list-rows';
import { column, nullable, type SortColumns } from './order';

/** Which snapshots to list. Deleted ones never appear. */
export interface SnapshotListOptions extends PageOptions<SnapshotSortField> {
  readonly project: ProjectScope;
  readonly filters?: SnapshotFilters;
}

/** All that are given must hold; what is a list matches any of it. */
export interface SnapshotFilters {
  readonly id?: AnyOf;
  readonly volumeId?: AnyOf;
  readonly status?: AnyOf;
  readonly name?: AnyOf;
  readonly description?: AnyOf;
  readonly sizeGib?: AnyOf<number>;
  readonly userId?: AnyOf;
  readonly volumeTypeId?: AnyOf;
  /** Of the volume. */
  readonly availabilityZone?: string;
  /** Of the volume: a pool, a backend with its pools, or a host with its backends. */
  readonly host?: string;
  /** All of ours do. */
  readonly consumesQuota?: boolean;
  readonly createdAt?: TimeComparison;
  readonly updatedAt?: TimeComparison;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Parts of the texts, in whatever case. */
  readonly like?: { readonly [Field in keyof typeof likeExpressions]?: string };
}

const sortColumns = {
  id: column('id'),
  createdAt: column('created_at'),
  updatedAt: column('updated_at'),
  name: nullable('name'),
  status: column('status'),
  sizeGib: column('size_gib'),
  volumeId: column('volume_id'),
  userId: column('user_id'),
  projectId: column('project_id'),
} satisfies SortColumns<string>;

/** What lists of snapshots may be sorted by. */
export type SnapshotSortField = keyof typeof sortColumns;
export const snapshotSortFields = Object.keys(sortColumns) as readonly SnapshotSortField[];

const columns = selectList(snapshotsTable);
const listed: Listed<SnapshotSortField> = { noun: 'snapshot', table: 'snapshots', columns, sort: sortColumns };

const findStatement = statement(`select ${columns} from snapshots where id = $1 and deleted_at is null`);

/** A snapshot that is not deleted; the caller looks at its project. Throws `ReadModelUnavailableError`. */
export async function findSnapshot(database: Database, id: string): Promise<SnapshotRow | undefined> {
  const [row] = await database.query<SnapshotRow>(findStatement, [id]);
  return row;
}

/** One page of snapshots. Throws `MarkerNotFoundError`, `ReadModelUnavailableError`. */
export function listSnapshots(database: Database, options: SnapshotListOptions): Promise<Page<SnapshotRow>> {
  const { project, filters = {} } = options;
  const visible: Condition[] = [() => 'deleted_at is null', ...inProject('project_id', project)];
  return listRows(database, listed, { visible, filters: conditionsOf(filters, filterConditions) }, options);
}

const likeExpressions = { name: 'name', description: 'description', status: 'status', volumeId: 'volume_id' } as const;

const ofVolume =
  (condition: Condition): Condition =>
  (parameter) =>
    `exists (select from volumes v where v.id = snapshots.volume_id and ${condition(parameter)})`;

const filterConditions: Parameters<typeof conditionsOf<SnapshotFilters>>[1] = {
  id: equals('id'),
  volumeId: equals('volume_id'),
  status: equals('status'),
  name: equals('name'),
  description: equals('description'),
  sizeGib: equals('size_gib', 'integer'),
  userId: equals('user_id'),
  volumeTypeId: equals('volume_type_id'),
  availabilityZone: (zone) => ofVolume(equals('v.availability_zone')(zone)),
  host: (host) => ofVolume(hostIs('v.host')(host)),
  consumesQuota: (wanted) => () => (wanted ? 'true' : 'false'),
  createdAt: timeIs('created_at'),
  updatedAt: timeIs('updated_at'),
  metadata: contains('metadata'),
  like: likeConditions(likeExpressions),
};
