import { statement, type Database } from '../database/database';
import { checkpointsTable, type CheckpointRow } from '../tables/configuration.tables';
import { selectList } from '../tables/table';

const findStatement = statement(
  `select ${selectList(checkpointsTable)} from projection_checkpoints where name = 'facts'`,
);

/** How far the read model has followed the log, and what it last saw there. Throws `ReadModelUnavailableError`. */
export async function findCheckpoint(database: Database): Promise<CheckpointRow | undefined> {
  const [row] = await database.query<CheckpointRow>(findStatement);
  return row;
}
