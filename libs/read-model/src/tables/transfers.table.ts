import type { Table } from './table';

/** One row an offer of a volume to another project. The key is in no row, nor its hash. */
export interface TransferRow {
  readonly id: string;
  readonly volumeId: string;
  /** The project that offers the volume. */
  readonly sourceProjectId: string;
  /** The project that took it; null before. */
  readonly destinationProjectId: string | null;
  readonly name: string | null;
  /** The volume's snapshots stay where they are. */
  readonly noSnapshots: boolean;
  readonly accepted: boolean;
  readonly createdAt: string;
  /** When it was accepted or withdrawn: lists no longer show it then. */
  readonly deletedAt: string | null;
}

export const transfersTable: Table<TransferRow, 'id'> = {
  name: 'transfers',
  key: ['id'],
  columns: {
    id: 'id',
    volumeId: 'id',
    sourceProjectId: 'id',
    destinationProjectId: 'id?',
    name: 'text?',
    noSnapshots: 'boolean',
    accepted: 'boolean',
    createdAt: 'timestamptz',
    deletedAt: 'timestamptz?',
  },
};
