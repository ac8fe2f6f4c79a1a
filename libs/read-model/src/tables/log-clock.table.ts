import type { Table } from './table';

/** The one row that tells how far the log's time has come. */
export interface LogClockRow {
  readonly name: 'facts';
  /** The instant of the last commit that is in the tables: what happens to the caches later has a later one. */
  readonly at: string;
}

export const logClockTable: Table<LogClockRow, 'name'> = {
  name: 'log_clock',
  key: ['name'],
  columns: { name: 'id', at: 'timestamptz' },
};
