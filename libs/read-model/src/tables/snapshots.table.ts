import type { Failure } from '@hearth/contracts';
import type { Table } from './table';

/**
 * One row a snapshot. As a volume, a deleted one keeps its row and no list shows it. Statuses are Cinder's words: creating, available,
 * restoring, error, deleting, error_deleting, or what an administrator set; `deleted` never leaves the read model.
 */
export interface SnapshotRow {
  readonly id: string;
  readonly volumeId: string;
  /** May differ from the volume's: a transfer may leave snapshots behind. */
  readonly projectId: string;
  readonly userId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly status: string;
  /** The volume's size when it was taken. */
  readonly sizeGib: number;
  /** The volume's type. */
  readonly volumeTypeId: string | null;
  /** `0%` or `100%`. */
  readonly progress: string;
  /** What went wrong last; null once it is available. */
  readonly failure: Failure | null;
  readonly requestId: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly deletedAt: string | null;
}

export const snapshotsTable: Table<SnapshotRow, 'id'> = {
  name: 'snapshots',
  key: ['id'],
  columns: {
    id: 'id',
    volumeId: 'id',
    projectId: 'id',
    userId: 'id',
    name: 'text?',
    description: 'text?',
    metadata: 'jsonb',
    status: 'id',
    sizeGib: 'integer',
    volumeTypeId: 'id?',
    progress: 'text',
    failure: 'jsonb?',
    requestId: 'id?',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
    deletedAt: 'timestamptz?',
  },
};
