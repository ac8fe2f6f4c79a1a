import type { Table } from './table';

/** A volume type: plain configuration, not from facts. */
export interface VolumeTypeRow {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly isPublic: boolean;
  readonly extraSpecs: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string | null;
}

export const volumeTypesTable: Table<VolumeTypeRow, 'id'> = {
  name: 'volume_types',
  key: ['id'],
  columns: {
    id: 'id',
    name: 'id',
    description: 'text?',
    isPublic: 'boolean',
    extraSpecs: 'jsonb',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz?',
  },
};

/** A project's limits, or those of every project that has none, under the id `default`. -1 is unlimited; null: the default's. */
export interface QuotaLimitsRow {
  readonly projectId: string;
  readonly volumes: number | null;
  readonly gigabytes: number | null;
  readonly perVolumeGigabytes: number | null;
}

export const quotaLimitsTable: Table<QuotaLimitsRow, 'projectId'> = {
  name: 'quota_limits',
  key: ['projectId'],
  columns: { projectId: 'id', volumes: 'integer?', gigabytes: 'integer?', perVolumeGigabytes: 'integer?' },
};

/** Room held for a volume between the quota check and the projection of its first fact. */
export interface QuotaReservationRow {
  readonly volumeId: string;
  readonly projectId: string;
  readonly gigabytes: number;
  readonly createdAt: string;
}

export const quotaReservationsTable: Table<QuotaReservationRow, 'volumeId'> = {
  name: 'quota_reservations',
  key: ['volumeId'],
  columns: { volumeId: 'id', projectId: 'id', gigabytes: 'integer', createdAt: 'timestamptz' },
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
