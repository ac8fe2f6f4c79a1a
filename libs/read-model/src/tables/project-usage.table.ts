import type { Table } from './table';

/** What a project's volumes that are not deleted add up to. */
export interface ProjectUsageRow {
  readonly projectId: string;
  readonly volumes: number;
  /** GiB; named as the quota that it is held against. */
  readonly gigabytes: number;
}

export const projectUsageTable: Table<ProjectUsageRow, 'projectId'> = {
  name: 'project_usage',
  key: ['projectId'],
  columns: { projectId: 'id', volumes: 'integer', gigabytes: 'bigint' },
};
