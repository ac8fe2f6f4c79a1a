import { statement, type Database, type Queries } from '../database/database';
import { selectList } from '../tables/table';
import { volumeTypesTable, type VolumeTypeRow } from '../tables/volume-types.table';
import { ConfigurationError, isDuplicate } from './configuration.error';
import { defaultVolumeTypeName } from '../queries/volume-types.query';

/** A volume type that is to be. */
export interface NewVolumeType {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly isPublic: boolean;
  readonly extraSpecs?: Readonly<Record<string, string>>;
}

/** Absent: as it was. */
export interface VolumeTypeChange {
  readonly name?: string;
  readonly description?: string | null;
  readonly isPublic?: boolean;
}

const returned = selectList(volumeTypesTable);
const createStatement = statement(`
  insert into volume_types (id, name, description, is_public, extra_specs, created_at)
    values ($1, $2, $3, $4, $5, date_trunc('milliseconds', now())) returning ${returned}`);

/** Throws `ConfigurationError` volume-type.exists; `ReadModelUnavailableError`. */
export async function createVolumeType(database: Database, type: NewVolumeType): Promise<VolumeTypeRow> {
  const { id, name, description, isPublic, extraSpecs = {} } = type;
  const values = [id, name, description, isPublic, JSON.stringify(extraSpecs)];
  const [row] = await named(name, () => database.query<VolumeTypeRow>(createStatement, values));
  return row!;
}

const updateStatement = statement(`
  update volume_types set name = coalesce($2, name), description = case when $3 then $4 else description end,
    is_public = coalesce($5, is_public), updated_at = date_trunc('milliseconds', now()) where id = $1 returning ${returned}`);
const renameLimits = ['quota_limits', 'quota_classes'].map((table) =>
  statement(`
    update ${table} set resource = kind || '_' || $2::text
      from unnest(array['volumes', 'gigabytes', 'snapshots']) as kind where resource = kind || '_' || $1::text`),
);

const deleteLimits = ['quota_limits', 'quota_classes'].map((table) =>
  statement(`
    delete from ${table} using unnest(array['volumes', 'gigabytes', 'snapshots']) as kind
      where resource = kind || '_' || $1::text`),
);

/**
 * A new name goes into the limits of the type too; what was left under that name, by a type that is no more, goes. Throws
 * `ConfigurationError` volume-type.not-found or exists; `ReadModelUnavailableError`.
 */
export async function updateVolumeType(
  database: Database,
  id: string,
  change: VolumeTypeChange,
): Promise<VolumeTypeRow> {
  const { name, description, isPublic } = change;
  return named(name ?? '', () =>
    database.transaction(async (queries) => {
      const before = await lockType(queries, id);
      const values = [id, name ?? null, description !== undefined, description ?? null, isPublic ?? null];
      const [row] = await queries.query<VolumeTypeRow>(updateStatement, values);
      if (row!.name !== before.name) await moveLimits(queries, before.name, row!.name);
      return row!;
    }),
  );
}

async function moveLimits(queries: Queries, from: string, to: string): Promise<void> {
  for (const limits of deleteLimits) await queries.query(limits, [to]);
  for (const rename of renameLimits) await queries.query(rename, [from, to]);
}

const isUsedStatement = statement(`
  select exists (select from project_type_usage where volume_type_id = $1 and (volumes > 0 or snapshots > 0))
      or exists (select from quota_reservations where volume_type_id = $1) as used`);
const isProjectDefaultStatement = statement(
  'select project_id from default_volume_types where volume_type_id = $1 limit 1',
);
const deleteStatement = statement('delete from volume_types where id = $1');

/**
 * Removes a type with its access, encryption and limits. `defaultName` is the default of all projects. Throws `ConfigurationError`
 * volume-type.not-found, in-use or is-default; `ReadModelUnavailableError`.
 */
export async function deleteVolumeType(
  database: Database,
  id: string,
  defaultName = defaultVolumeTypeName,
): Promise<void> {
  await database.transaction(async (queries) => {
    const { name } = await lockType(queries, id);
    const defaults = await queries.query(isProjectDefaultStatement, [id]);
    if (name === defaultName || defaults.length > 0) {
      throw new ConfigurationError('volume-type.is-default', `the volume type ${id} is a default`, id);
    }
    await refuseUsed(queries, id);
    for (const limits of deleteLimits) await queries.query(limits, [name]);
    await queries.query(deleteStatement, [id]);
  });
}

const setSpecsStatement = statement(`
  update volume_types set extra_specs = extra_specs || $2::jsonb, updated_at = date_trunc('milliseconds', now())
    where id = $1 returning ${returned}`);

/**
 * Adds extra specs, or changes those that are there; `check` sees what would be, and refuses by throwing. Throws `ConfigurationError`
 * volume-type.not-found, volume-type.in-use; `ReadModelUnavailableError`.
 */
export async function setExtraSpecs(
  database: Database,
  id: string,
  specs: Readonly<Record<string, string>>,
  check: (specs: Readonly<Record<string, string>>) => void = () => {},
): Promise<VolumeTypeRow> {
  return database.transaction(async (queries) => {
    const { extraSpecs } = await lockType(queries, id);
    await refuseUsed(queries, id);
    check({ ...extraSpecs, ...specs });
    const [row] = await queries.query<VolumeTypeRow>(setSpecsStatement, [id, JSON.stringify(specs)]);
    return row!;
  });
}

const unsetSpecStatement = statement(`
  update volume_types set extra_specs = extra_specs - $2::text, updated_at = date_trunc('milliseconds', now()) where id = $1`);

/** Throws `ConfigurationError` volume-type.not-found, volume-type.in-use, extra-spec.not-found; `ReadModelUnavailableError`. */
export async function unsetExtraSpec(database: Database, id: string, key: string): Promise<void> {
  await database.transaction(async (queries) => {
    const { extraSpecs } = await lockType(queries, id);
    await refuseUsed(queries, id);
    if (!Object.hasOwn(extraSpecs, key)) {
      throw new ConfigurationError('extra-spec.not-found', `the volume type ${id} has no extra spec '${key}'`, key);
    }
    await queries.query(unsetSpecStatement, [id, key]);
  });
}

const lockStatement = statement(`select ${returned} from volume_types where id = $1 for update`);

/** The type, held until the transaction ends. Throws `ConfigurationError` volume-type.not-found. */
export async function lockType(queries: Queries, id: string): Promise<VolumeTypeRow> {
  const [row] = await queries.query<VolumeTypeRow>(lockStatement, [id]);
  return row ?? typeNotFound(id);
}

/** Throws `ConfigurationError` volume-type.in-use when volumes, snapshots or creates under way have the type. */
export async function refuseUsed(queries: Queries, id: string): Promise<void> {
  const [use] = await queries.query<{ used: boolean }>(isUsedStatement, [id]);
  if (use?.used) throw new ConfigurationError('volume-type.in-use', `the volume type ${id} is in use`, id);
}

export function typeNotFound(id: string): never {
  throw new ConfigurationError('volume-type.not-found', `there is no volume type ${id}`, id);
}

async function named<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new ConfigurationError('volume-type.exists', `there is a volume type named '${name}' already`, name);
  }
}
