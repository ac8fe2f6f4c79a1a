import type { Actor, ImageSelector } from '@hearth/contracts';
import type { Table } from './table';

/** What is to be in which caches, by rule; removed ones stay, so that what they asked for can be explained. */
export interface CachePolicyRow {
  readonly id: string;
  readonly name: string;
  readonly selector: ImageSelector;
  readonly pools: readonly string[];
  readonly keep: number;
  readonly pin: boolean;
  readonly everySeconds: number;
  readonly enabled: boolean;
  /** Who defined it as it is. */
  readonly definedBy: Actor;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly removedAt: string | null;
}

export const cachePoliciesTable: Table<CachePolicyRow, 'id'> = {
  name: 'cache_policies',
  key: ['id'],
  columns: {
    id: 'id',
    name: 'text',
    selector: 'jsonb',
    pools: 'jsonb',
    keep: 'integer',
    pin: 'boolean',
    everySeconds: 'integer',
    enabled: 'boolean',
    definedBy: 'jsonb',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
    removedAt: 'timestamptz?',
  },
};
