import type { Table } from './table';

/** Counts and GiB of what is not deleted. Cinder's quota `gigabytes` is held against volumes and snapshots together. */
export interface Usage {
  readonly volumes: number;
  /** GiB of the volumes; one that is being extended counts with its new size. */
  readonly gigabytes: number;
  readonly snapshots: number;
  /** GiB of the snapshots. */
  readonly snapshotGigabytes: number;
}

const usageColumns = {
  volumes: 'integer',
  gigabytes: 'bigint',
  snapshots: 'integer',
  snapshotGigabytes: 'bigint',
} as const;

/** What a project's volumes and snapshots add up to. */
export interface ProjectUsageRow extends Usage {
  readonly projectId: string;
}

export const projectUsageTable: Table<ProjectUsageRow, 'projectId'> = {
  name: 'project_usage',
  key: ['projectId'],
  columns: { projectId: 'id', ...usageColumns },
};

/** The same for those of one volume type. */
export interface ProjectTypeUsageRow extends Usage {
  readonly projectId: string;
  readonly volumeTypeId: string;
}

export const projectTypeUsageTable: Table<ProjectTypeUsageRow, 'projectId' | 'volumeTypeId'> = {
  name: 'project_type_usage',
  key: ['projectId', 'volumeTypeId'],
  columns: { projectId: 'id', volumeTypeId: 'id', ...usageColumns },
};
