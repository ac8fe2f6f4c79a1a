import type { Table } from './table';

/** The furthest that anybody has seen of the log. Unlike the checkpoint it stays when tables are folded anew. */
export interface LogWitnessRow {
  readonly name: string;
  /** 0: nothing was seen yet. */
  readonly sequence: number;
  readonly commitId: string | null;
  /** SHA-256 of the stored commit; null where only its id is known. */
  readonly commitDigest: string | null;
  /** Positions of the log that held nothing any more when it was last sound; null before the first look. */
  readonly gone: number | null;
  readonly updatedAt: string;
}

export const logWitnessTable: Table<LogWitnessRow, 'name'> = {
  name: 'log_witness',
  key: ['name'],
  columns: {
    name: 'id',
    sequence: 'bigint',
    commitId: 'id?',
    commitDigest: 'id?',
    gone: 'bigint?',
    updatedAt: 'timestamptz',
  },
};

/**
 * How a log lacks a commit: it ends before it, has nothing or another commit at its place, has more holes than it had, or is not there
 * at all.
 */
export const logLossCauses = ['shorter', 'hole', 'replaced', 'purged', 'missing'] as const;
export type LogLossCause = (typeof logLossCauses)[number];

/** What was found missing in the log, and what became of it. */
export interface LogIncidentRow {
  readonly id: number;
  readonly cause: LogLossCause;
  /** The position of the commit that was not found; 0 where none was looked for. */
  readonly sequence: number;
  readonly commitId: string | null;
  readonly commitDigest: string | null;
  /** Where the log ended then. */
  readonly logEnd: number;
  readonly reason: string;
  /** The process that found it. */
  readonly foundBy: string;
  readonly foundAt: string;
  /** `restored`: the log has it again; `accepted`: an administrator took the log as it was. Null: the log is suspect. */
  readonly outcome: 'restored' | 'accepted' | null;
  readonly closedBy: string | null;
  readonly closedAt: string | null;
  readonly note: string | null;
  /** What the tables knew more than the accepted log: numbers of rows. */
  readonly lost: Readonly<Record<string, number>> | null;
}

export const logIncidentsTable: Table<LogIncidentRow, 'id'> = {
  name: 'log_incidents',
  key: ['id'],
  columns: {
    id: 'integer',
    cause: 'id',
    sequence: 'bigint',
    commitId: 'id?',
    commitDigest: 'id?',
    logEnd: 'bigint',
    reason: 'text',
    foundBy: 'text',
    foundAt: 'timestamptz',
    outcome: 'id?',
    closedBy: 'text?',
    closedAt: 'timestamptz?',
    note: 'text?',
    lost: 'jsonb?',
  },
};
