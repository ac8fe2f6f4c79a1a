import { statement, type Database } from '../database/database';
import { volumeTypesTable, type VolumeTypeRow } from '../tables/configuration.tables';
import { selectList } from '../tables/table';

/** The type of volumes that name none; a migration makes it. */
export const defaultVolumeTypeName = '__DEFAULT__';

const columns = selectList(volumeTypesTable);
const findStatement = statement(`select ${columns} from volume_types where id = $1 or name = $1 order by id = $1 desc`);
const listStatement = statement(`select ${columns} from volume_types order by created_at, id`);

/** The type of this id, or of this name. Throws `ReadModelUnavailableError`. */
export async function findVolumeType(database: Database, nameOrId: string): Promise<VolumeTypeRow | undefined> {
  const [row] = await database.query<VolumeTypeRow>(findStatement, [nameOrId]);
  return row;
}

/** Throws `ReadModelUnavailableError`, or an error when an operator has removed the type. */
export async function defaultVolumeType(database: Database, name = defaultVolumeTypeName): Promise<VolumeTypeRow> {
  const row = await findVolumeType(database, name);
  if (!row)
    throw new Error(`the default volume type '${name}' does not exist: create it, or name another as the default`);
  return row;
}

/** Throws `ReadModelUnavailableError`. */
export function listVolumeTypes(database: Database): Promise<VolumeTypeRow[]> {
  return database.query<VolumeTypeRow>(listStatement);
}
