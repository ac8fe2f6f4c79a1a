import { statement, type Database } from '../database/database';
import { selectList } from '../tables/table';
import { qosSpecsTable, volumeTypesTable, type QosSpecsRow, type VolumeTypeRow } from '../tables/volume-types.table';
import { conditionsOf, contains, equals, likeConditions, type AnyOf, type Condition } from './conditions';
import { listRows, type Listed, type Page, type PageOptions } from './list-rows';
import { column, nullable, type SortColumns } from './order';

/** The type of volumes that name none; a migration makes it. */
export const defaultVolumeTypeName = '__DEFAULT__';

/** Which volume types to list. */
export interface VolumeTypeListOptions extends PageOptions<VolumeTypeSortField> {
  /** The caller's project. */
  readonly projectId: string;
  /** True: those that the project may use, public ones and those that it was given; false: those that are not public; `all`: every one. */
  readonly isPublic: boolean | 'all';
  readonly filters?: VolumeTypeFilters;
}

/** All that are given must hold; what is a list matches any of it. */
export interface VolumeTypeFilters {
  readonly id?: AnyOf;
  readonly qosSpecsId?: AnyOf;
  readonly name?: AnyOf;
  readonly description?: AnyOf;
  /** Every pair must be among the type's; of its list of availability zones the value is a part. */
  readonly extraSpecs?: Readonly<Record<string, string>>;
  readonly like?: { readonly [Field in keyof typeof likeExpressions]?: string };
}

const sortColumns = {
  id: column('id'),
  createdAt: column('created_at'),
  updatedAt: { expression: `coalesce(updated_at, '-infinity')`, whenNull: '-infinity' },
  name: column('name'),
  description: nullable('description'),
  isPublic: column('is_public'),
} satisfies SortColumns<string>;

/** What lists of volume types may be sorted by. */
export type VolumeTypeSortField = keyof typeof sortColumns;
export const volumeTypeSortFields = Object.keys(sortColumns) as readonly VolumeTypeSortField[];

const columns = selectList(volumeTypesTable);
const listed: Listed<VolumeTypeSortField> = { noun: 'volume type', table: 'volume_types', columns, sort: sortColumns };
const mayUse = (parameter: string) =>
  `(is_public or exists (select from volume_type_access a where a.volume_type_id = volume_types.id and a.project_id = ${parameter}))`;

const findStatement = statement(`
  select ${columns} from volume_types where (id = $1 or name = $1) and ($2::text is null or ${mayUse('$2')})
    order by id = $1 desc limit 1`);
const defaultStatement = statement(`
  select ${columns} from volume_types
    where id = (select volume_type_id from default_volume_types where project_id = $2) or name = $1
    order by name = $1 and id <> coalesce((select volume_type_id from default_volume_types where project_id = $2), '')
    limit 1`);

/**
 * The type of this id, or of this name; with a project, only if that may use it. Throws `ReadModelUnavailableError`.
 */
export async function findVolumeType(
  database: Database,
  nameOrId: string,
  projectId?: string,
): Promise<VolumeTypeRow | undefined> {
  const [row] = await database.query<VolumeTypeRow>(findStatement, [nameOrId, projectId ?? null]);
  return row;
}

/**
 * The type of a project's volumes that name none: the project's own default, else the one named; undefined when an operator has removed
 * it. Throws `ReadModelUnavailableError`.
 */
export async function findDefaultVolumeType(
  database: Database,
  name: string,
  projectId: string,
): Promise<VolumeTypeRow | undefined> {
  const [row] = await database.query<VolumeTypeRow>(defaultStatement, [name, projectId]);
  return row;
}

/** One page of volume types. Throws `MarkerNotFoundError`, `ReadModelUnavailableError`. */
export function listVolumeTypes(database: Database, options: VolumeTypeListOptions): Promise<Page<VolumeTypeRow>> {
  const { projectId, isPublic, filters = {} } = options;
  const visible: Condition[] =
    isPublic === 'all' ? [] : [isPublic ? (parameter) => mayUse(parameter(projectId)) : () => 'not is_public'];
  return listRows(database, listed, { visible, filters: conditionsOf(filters, filterConditions) }, options);
}

const hiddenNamesStatement = statement(`
  select name from volume_types
    where not ${mayUse('$1')}
      and not exists (select from default_volume_types d where d.project_id = $1 and d.volume_type_id = volume_types.id)
      and not exists (select from project_type_usage u
        where u.project_id = $1 and u.volume_type_id = volume_types.id and (u.volumes > 0 or u.snapshots > 0))`);

/** The names of the types that a project may not use, and has nothing of. Throws `ReadModelUnavailableError`. */
export async function listHiddenTypeNames(database: Database, projectId: string): Promise<string[]> {
  const rows = await database.query<{ name: string }>(hiddenNamesStatement, [projectId]);
  return rows.map(({ name }) => name);
}

const qosStatement = statement(`
  select ${selectList(qosSpecsTable)} from volume_types t join qos_specs on qos_specs.id = t.qos_specs_id where t.id = $1`);

/** The QoS specs of a volume type. Throws `ReadModelUnavailableError`. */
export async function findQosSpecsOfType(database: Database, typeId: string): Promise<QosSpecsRow | undefined> {
  const [row] = await database.query<QosSpecsRow>(qosStatement, [typeId]);
  return row;
}

const likeExpressions = { name: 'name', description: 'description' } as const;

const zonesKey = 'RESKEY:availability_zones';

function hasSpecs({ [zonesKey]: zone, ...specs }: Readonly<Record<string, string>>): Condition {
  return (parameter) => {
    const others = contains('extra_specs')(specs)(parameter);
    if (zone === undefined) return others;
    return `(${others} and strpos(coalesce(extra_specs ->> '${zonesKey}', ''), ${parameter(zone)}::text) > 0)`;
  };
}

const filterConditions: Parameters<typeof conditionsOf<VolumeTypeFilters>>[1] = {
  id: equals('id'),
  qosSpecsId: equals('qos_specs_id'),
  name: equals('name'),
  description: equals('description'),
  extraSpecs: hasSpecs,
  like: likeConditions(likeExpressions),
};
