import type { Table } from './table';

/** A limit that is set for a project; -1 is unlimited. Named as Cinder's quota resource: `volumes`, `gigabytes_<type name>`, … */
export interface QuotaLimitRow {
  readonly projectId: string;
  readonly resource: string;
  readonly hardLimit: number;
}

export const quotaLimitsTable: Table<QuotaLimitRow, 'projectId' | 'resource'> = {
  name: 'quota_limits',
  key: ['projectId', 'resource'],
  columns: { projectId: 'id', resource: 'text', hardLimit: 'integer' },
};

/** A limit of a quota class. The class `default` holds for every project that has no limit of its own. */
export interface QuotaClassRow {
  readonly className: string;
  readonly resource: string;
  readonly hardLimit: number;
}

export const quotaClassesTable: Table<QuotaClassRow, 'className' | 'resource'> = {
  name: 'quota_classes',
  key: ['className', 'resource'],
  columns: { className: 'text', resource: 'text', hardLimit: 'integer' },
};

/** Room held between a quota check and the projection of the fact that it was made for. */
export interface QuotaReservationRow {
  /** Names that fact: see `reservationKey`. */
  readonly key: string;
  /** Tells requests for the same thing apart; empty where they are one. */
  readonly holder: string;
  readonly projectId: string;
  readonly volumes: number;
  readonly gigabytes: number;
  readonly snapshots: number;
  readonly volumeTypeId: string | null;
  /** Counts against the limits of the type alone: a retype. */
  readonly typeOnly: boolean;
  readonly createdAt: string;
}

export const quotaReservationsTable: Table<QuotaReservationRow, 'key' | 'holder'> = {
  name: 'quota_reservations',
  key: ['key', 'holder'],
  columns: {
    key: 'id',
    holder: 'id',
    projectId: 'id',
    volumes: 'integer',
    gigabytes: 'integer',
    snapshots: 'integer',
    volumeTypeId: 'id?',
    typeOnly: 'boolean',
    createdAt: 'timestamptz',
  },
};
