import {
  closeRestoredIncidents,
  type Database,
  findLogRecords,
  type FoundIncident,
  type LogRecords,
  openLogIncident,
  rememberLog,
} from '@hearth/read-model';

/** What is known of the log where a loss of NATS's own disk cannot reach it. Every method throws `ReadModelUnavailableError`. */
export interface LogAccount {
  find(): Promise<LogRecords>;
  remember(seen: Parameters<typeof rememberLog>[1]): Promise<void>;
  /** False where it is known already. */
  open(found: FoundIncident): Promise<boolean>;
  restored(ids: readonly number[], by: string): Promise<void>;
}

export const logAccountIn = (database: Database): LogAccount => ({
  find: () => findLogRecords(database),
  remember: (seen) => rememberLog(database, seen),
  open: (found) => openLogIncident(database, found),
  restored: (ids, by) => closeRestoredIncidents(database, ids, by),
});
