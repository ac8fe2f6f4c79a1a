import type { Queries } from '../database/database';
import { statement } from '../database/database';
import { checkpointsTable, type CheckpointRow } from '../tables/configuration.tables';
import { logIncidentsTable, type LogIncidentRow, type LogWitnessRow, logWitnessTable } from '../tables/log.tables';
import { selectList } from '../tables/table';

/** All that PostgreSQL knows of the log. */
export interface LogRecords {
  readonly checkpoint: CheckpointRow;
  readonly witness: LogWitnessRow;
  /** What was found missing and is not settled, oldest first. */
  readonly open: readonly LogIncidentRow[];
  /** Rises with every log that was accepted in spite of a loss; 0 before the first. */
  readonly epoch: number;
}

const recordsStatement = statement(`
  select (select to_jsonb(c) from
      (select ${selectList(checkpointsTable, 'c')} from projection_checkpoints c where name = 'facts') c) as checkpoint,
    (select to_jsonb(w) from
      (select ${selectList(logWitnessTable, 'w')} from log_witness w where name = 'facts') w) as witness,
    (select coalesce(jsonb_agg(i order by i.id), '[]')
      from (select ${selectList(logIncidentsTable, 'i')} from log_incidents i where outcome is null) i) as open,
    (select coalesce(max(id), 0) from log_incidents where outcome = 'accepted') as epoch`);

/** One look at all of it. Throws `ReadModelUnavailableError`. */
export async function findLogRecords(database: Queries): Promise<LogRecords> {
  const [row] = await database.query<LogRecords>(recordsStatement);
  if (!row?.checkpoint || !row.witness) throw new Error('the read model has no account of the log: run its migrations');
  return row;
}

const rememberStatement = statement(`
  update log_witness set sequence = $1, commit_id = $2, commit_digest = $3, gone = $4, updated_at = now()
    where name = 'facts' and sequence <= $1 and (sequence, gone) is distinct from ($1::bigint, $4::bigint)
      and not exists (select from log_incidents where outcome is null)`);

/** What was seen of a log that is sound; an older view changes nothing. Throws `ReadModelUnavailableError`. */
export async function rememberLog(
  database: Queries,
  { sequence, commitId, commitDigest, gone }: Omit<LogWitnessRow, 'name' | 'updatedAt'>,
): Promise<void> {
  await database.query(rememberStatement, [sequence, commitId, commitDigest, gone]);
}

const openStatement = statement(`
  insert into log_incidents (cause, sequence, commit_id, commit_digest, log_end, reason, found_by, found_at)
    values ($1, $2, $3, $4, $5, $6, $7, now()) on conflict (cause, sequence) where outcome is null do nothing returning id`);

export type FoundIncident = Pick<
  LogIncidentRow,
  'cause' | 'sequence' | 'commitId' | 'commitDigest' | 'logEnd' | 'reason' | 'foundBy'
>;

/** Keeps what was found; false where it is known already. Throws `ReadModelUnavailableError`. */
export async function openLogIncident(database: Queries, found: FoundIncident): Promise<boolean> {
  const { cause, sequence, commitId, commitDigest, logEnd, reason, foundBy } = found;
  const rows = await database.query(openStatement, [cause, sequence, commitId, commitDigest, logEnd, reason, foundBy]);
  return rows.length > 0;
}

const restoredStatement = statement(`
  update log_incidents set outcome = 'restored', closed_at = now(), closed_by = $2 where id = any($1::integer[]) and outcome is null`);

/** The log has again what it had not. Throws `ReadModelUnavailableError`. */
export async function closeRestoredIncidents(database: Queries, ids: readonly number[], by: string): Promise<void> {
  await database.query(restoredStatement, [ids, by]);
}
