import { statement, type Database, type Queries } from '../database/database';
import { ConfigurationError, isDangling } from './configuration.error';
import { lockType, typeNotFound } from './volume-types';

const listStatement = statement(
  'select project_id as "projectId" from volume_type_access where volume_type_id = $1 order by 1',
);

/** The projects that may use a type that is not public. Throws `ReadModelUnavailableError`. */
export async function listTypeAccess(database: Database, typeId: string): Promise<string[]> {
  const rows = await database.query<{ projectId: string }>(listStatement, [typeId]);
  return rows.map(({ projectId }) => projectId);
}

const addStatement = statement(
  'insert into volume_type_access values ($1, $2) on conflict do nothing returning project_id',
);

/** Throws `ConfigurationError` volume-type.not-found, volume-type.is-public, type-access.exists; `ReadModelUnavailableError`. */
export async function addTypeAccess(database: Database, typeId: string, projectId: string): Promise<void> {
  await database.transaction(async (queries) => {
    await lockPrivateType(queries, typeId);
    const added = await queries.query(addStatement, [typeId, projectId]);
    if (added.length > 0) return;
    const message = `the project ${projectId} may use the volume type ${typeId} already`;
    throw new ConfigurationError('type-access.exists', message, projectId);
  });
}

const removeStatement = statement(
  'delete from volume_type_access where volume_type_id = $1 and project_id = $2 returning project_id',
);

/** Throws `ConfigurationError` volume-type.not-found, volume-type.is-public, type-access.not-found; `ReadModelUnavailableError`. */
export async function removeTypeAccess(database: Database, typeId: string, projectId: string): Promise<void> {
  await database.transaction(async (queries) => {
    await lockPrivateType(queries, typeId);
    const removed = await queries.query(removeStatement, [typeId, projectId]);
    if (removed.length > 0) return;
    const message = `the project ${projectId} has no access to the volume type ${typeId}`;
    throw new ConfigurationError('type-access.not-found', message, projectId);
  });
}

async function lockPrivateType(queries: Queries, typeId: string): Promise<void> {
  const { isPublic } = await lockType(queries, typeId);
  if (isPublic) throw new ConfigurationError('volume-type.is-public', `the volume type ${typeId} is public`, typeId);
}

/** A project's own default type. */
export interface DefaultType {
  readonly projectId: string;
  readonly volumeTypeId: string;
}

const listDefaultsStatement = statement(
  'select project_id as "projectId", volume_type_id as "volumeTypeId" from default_volume_types order by project_id',
);
const findDefaultStatement = statement(
  'select project_id as "projectId", volume_type_id as "volumeTypeId" from default_volume_types where project_id = $1',
);
const setDefaultStatement = statement(`
  insert into default_volume_types values ($1, $2) on conflict (project_id) do update set volume_type_id = excluded.volume_type_id`);
const unsetDefaultStatement = statement('delete from default_volume_types where project_id = $1 returning project_id');

/** Throws `ReadModelUnavailableError`. */
export function listDefaultTypes(database: Database): Promise<DefaultType[]> {
  return database.query<DefaultType>(listDefaultsStatement);
}

/** Undefined when the project has none of its own. Throws `ReadModelUnavailableError`. */
export async function findDefaultType(database: Database, projectId: string): Promise<DefaultType | undefined> {
  const [row] = await database.query<DefaultType>(findDefaultStatement, [projectId]);
  return row;
}

/** Throws `ConfigurationError` volume-type.not-found; `ReadModelUnavailableError`. */
export async function setDefaultType(database: Database, { projectId, volumeTypeId }: DefaultType): Promise<void> {
  try {
    await database.query(setDefaultStatement, [projectId, volumeTypeId]);
  } catch (error) {
    if (isDangling(error)) typeNotFound(volumeTypeId);
    throw error;
  }
}

/** Throws `ConfigurationError` default-type.not-found; `ReadModelUnavailableError`. */
export async function unsetDefaultType(database: Database, projectId: string): Promise<void> {
  const unset = await database.query(unsetDefaultStatement, [projectId]);
  if (unset.length > 0) return;
  throw new ConfigurationError('default-type.not-found', `the project ${projectId} has no default type`, projectId);
}
