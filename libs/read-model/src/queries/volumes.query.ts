import { statement, type Database } from '../database/database';
import { selectList } from '../tables/table';
import { volumesTable, type VolumeRow } from '../tables/volumes.table';
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
import { inProject, listRows, type Listed, type PageOptions, type ProjectScope } from './list-rows';
import { column, nullable, type SortColumns } from './order';

/** Which volumes to list. Deleted ones never appear. */
export interface VolumeListOptions extends PageOptions<SortField> {
  readonly project: ProjectScope;
  readonly filters?: VolumeFilters;
}

/** All that are given must hold; what is a list matches any of it. */
export interface VolumeFilters {
  readonly id?: AnyOf;
  readonly status?: AnyOf;
  readonly name?: AnyOf;
  readonly description?: AnyOf;
  readonly sizeGib?: AnyOf<number>;
  readonly availabilityZone?: AnyOf;
  readonly bootable?: boolean;
  readonly multiattach?: boolean;
  readonly encrypted?: boolean;
  /** A pool, a backend with its pools, or a host with its backends. */
  readonly host?: string;
  readonly userId?: AnyOf;
  readonly volumeTypeId?: AnyOf;
  readonly imageId?: AnyOf;
  readonly snapshotId?: AnyOf;
  readonly sourceVolid?: AnyOf;
  readonly attachStatus?: AnyOf;
  readonly migrationStatus?: AnyOf;
  /** Whether it is part of a migration. */
  readonly isMigration?: boolean;
  /** True: without the targets of migrations. */
  readonly noMigrationTargets?: boolean;
  /** No volume of ours is in a group: nothing matches, whichever is named. */
  readonly groupId?: string;
  /** All of ours do. */
  readonly consumesQuota?: boolean;
  readonly createdAt?: TimeComparison;
  readonly updatedAt?: TimeComparison;
  /** Every pair must be among the volume's, as the wire shows them: `readonly` is one of them. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly imageMetadata?: Readonly<Record<string, string>>;
  /** Parts of the texts, in whatever case. */
  readonly like?: { readonly [Field in LikeField]?: string };
}

type LikeField = keyof typeof likeExpressions;

/** A volume as lists have it: as much of it as they show, and may be sorted by. */
export type ListedVolume = Omit<VolumeRow, UnlistedField>;

/** Long lists hold hundreds of rows: what nobody looks at is not fetched. */
const unlisted = {
  extendingToGib: true,
  encryption: true,
  held: true,
  snapshotIds: true,
  transfer: true,
  internal: true,
  failure: true,
  decision: true,
  placements: true,
  requestId: true,
  requestDigest: true,
  deletedAt: true,
} satisfies { readonly [Field in keyof VolumeRow]?: true };
type UnlistedField = keyof typeof unlisted;

export interface VolumePage {
  readonly volumes: readonly ListedVolume[];
  /** Only when asked for. */
  readonly count: number | undefined;
}

const sortColumns = {
  id: column('id'),
  createdAt: column('created_at'),
  updatedAt: column('updated_at'),
  launchedAt: { expression: `coalesce(launched_at, '-infinity')`, whenNull: '-infinity' },
  name: nullable('name'),
  status: column('status'),
  sizeGib: column('size_gib'),
  bootable: column('bootable'),
  availabilityZone: nullable('availability_zone'),
  host: nullable('host'),
  attachStatus: column('attach_status'),
  volumeTypeId: nullable('volume_type_id'),
  userId: column('user_id'),
  projectId: column('project_id'),
} satisfies SortColumns<string>;

/** What lists of volumes may be sorted by. */
export type SortField = keyof typeof sortColumns;
export const sortFields = Object.keys(sortColumns) as readonly SortField[];

const columns = selectList(volumesTable);
const listedColumns = Object.fromEntries(
  Object.entries(volumesTable.columns).filter(([field]) => !(field in unlisted)),
) as Pick<typeof volumesTable.columns, keyof ListedVolume>;
const listed: Listed<SortField> = {
  noun: 'volume',
  table: 'volumes',
  columns: selectList({ ...volumesTable, columns: listedColumns }),
  sort: sortColumns,
};

const findStatement = statement(`select ${columns} from volumes where id = $1 and deleted_at is null`);
const findAnyStatement = statement(`select ${columns} from volumes where id = $1`);

/** A volume that is not deleted; the caller looks at its project. Throws `ReadModelUnavailableError`. */
export async function findVolume(database: Database, id: string): Promise<VolumeRow | undefined> {
  const [row] = await database.query<VolumeRow>(findStatement, [id]);
  return row;
}

/** A volume, deleted or not. Throws `ReadModelUnavailableError`. */
export async function findVolumeEver(database: Database, id: string): Promise<VolumeRow | undefined> {
  const [row] = await database.query<VolumeRow>(findAnyStatement, [id]);
  return row;
}

/** One page of volumes. Throws `MarkerNotFoundError`, `ReadModelUnavailableError`. */
export async function listVolumes(database: Database, options: VolumeListOptions): Promise<VolumePage> {
  const conditions = { visible: visibleTo(options.project), filters: filtersOf(options.filters) };
  const { rows, count } = await listRows<ListedVolume, SortField>(database, listed, conditions, options);
  return { volumes: rows, count };
}

/** The conditions of volumes that are not deleted, in a project or in all. */
export function visibleTo(project: ProjectScope): Condition[] {
  return [() => 'deleted_at is null', ...inProject('project_id', project)];
}

export const filtersOf = (filters: VolumeFilters = {}): Condition[] => conditionsOf(filters, filterConditions);

const likeExpressions = {
  name: 'name',
  description: 'description',
  status: 'status',
  availabilityZone: 'availability_zone',
  host: 'host',
  migrationStatus: 'migration_status',
  userId: 'user_id',
  volumeTypeId: 'volume_type_id',
} as const;

const always: Condition = () => 'true';
const never: Condition = () => 'false';
const unless =
  (condition: string, otherwise = `not (${condition})`) =>
  (wanted: boolean): Condition =>
  () =>
    wanted ? condition : otherwise;

const filterConditions: Parameters<typeof conditionsOf<VolumeFilters>>[1] = {
  id: equals('id'),
  status: equals('status'),
  // Beside the name itself the expression of the index.
  name: (wanted) => (parameter) => `${equals(`coalesce(name, '')`)(wanted)(parameter)} and name is not null`,
  description: equals('description'),
  sizeGib: equals('size_gib', 'integer'),
  availabilityZone: equals('availability_zone'),
  bootable: equals('bootable', 'boolean'),
  multiattach: equals('multiattach', 'boolean'),
  encrypted: unless('encryption_key_id is not null', 'encryption_key_id is null'),
  host: hostIs('host'),
  userId: equals('user_id'),
  volumeTypeId: equals('volume_type_id'),
  imageId: equals('image_id'),
  snapshotId: equals('snapshot_id'),
  sourceVolid: equals('source_volid'),
  attachStatus: equals('attach_status'),
  migrationStatus: equals('migration_status'),
  isMigration: unless('migration_status is not null', 'migration_status is null'),
  noMigrationTargets: (wanted) =>
    wanted ? () => `(migration_status is null or not starts_with(migration_status, 'target:'))` : always,
  groupId: () => never,
  consumesQuota: (wanted) => (wanted ? always : never),
  createdAt: timeIs('created_at'),
  updatedAt: timeIs('updated_at'),
  metadata: metadataIs,
  imageMetadata: contains('image_metadata'),
  like: likeConditions(likeExpressions),
};

/** `readonly` is shown among the metadata and stands in a column of its own. */
function metadataIs({ readonly, ...others }: Readonly<Record<string, string>>): Condition {
  return (parameter) => {
    const rest = contains('metadata')(others)(parameter);
    if (readonly === undefined) return rest;
    const value = parameter(readonly);
    return `${rest} and (metadata ->> 'readonly' = ${value}::text or initcap(read_only::text) = ${value}::text)`;
  };
}
