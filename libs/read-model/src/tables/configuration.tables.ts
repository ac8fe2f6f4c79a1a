import type { Table } from './table';

/** A user message that somebody deleted: the fact behind it stays, the message is not shown. */
export interface DeletedMessageRow {
  readonly id: string;
  readonly deletedAt: string;
}

export const deletedMessagesTable: Table<DeletedMessageRow, 'id'> = {
  name: 'deleted_messages',
  key: ['id'],
  columns: { id: 'id', deletedAt: 'timestamptz' },
};

/** How far the tables that come from facts have followed the log. */
export interface CheckpointRow {
  readonly name: string;
  /** Rises when rebuilt tables are swapped in: whoever writes on from an older one has to start anew. */
  readonly generation: number;
  /** Position of the last commit that is in the rows; 0 before the first. */
  readonly sequence: number;
  readonly commitId: string | null;
  /** SHA-256 of that commit. */
  readonly commitDigest: string | null;
  /** SHA-256 over the digests of all commits so far, each chained to the one before. */
  readonly runningHash: string;
  readonly updatedAt: string;
}

export const checkpointsTable: Table<CheckpointRow, 'name'> = {
  name: 'projection_checkpoints',
  key: ['name'],
  columns: {
    name: 'id',
    generation: 'integer',
    sequence: 'bigint',
    commitId: 'id?',
    commitDigest: 'id?',
    runningHash: 'id',
    updatedAt: 'timestamptz',
  },
};
