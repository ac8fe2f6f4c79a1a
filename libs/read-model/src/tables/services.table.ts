import type { CacheSettings } from '@hearth/contracts';
import type { Table } from './table';

/** A backend of a host, as its own stream tells: whether it may get work, and what it reported of its pools. */
export interface ServiceRow {
  /** `host@backend`. */
  readonly service: string;
  readonly disabled: boolean;
  /** Null while enabled. */
  readonly disabledReason: string | null;
  /** `host@backend#pool`; empty until reported. */
  readonly pools: readonly string[];
  readonly cache: CacheSettings | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const servicesTable: Table<ServiceRow, 'service'> = {
  name: 'services',
  key: ['service'],
  columns: {
    service: 'id',
    disabled: 'boolean',
    disabledReason: 'text?',
    pools: 'jsonb',
    cache: 'jsonb?',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
  },
};
