import type { Actor } from '@hearth/contracts';
import type { Table } from './table';

/** An image whose entry no rule of the pool's takes, whether it has one or not. The row goes when it is unpinned. */
export interface CachePinRow {
  readonly pool: string;
  readonly imageId: string;
  readonly note: string | null;
  readonly pinnedBy: Actor;
  readonly pinnedAt: string;
  /** Contents under which an entry of another image serves this one. */
  readonly contents: readonly string[];
}

export const cachePinsTable: Table<CachePinRow, 'pool' | 'imageId'> = {
  name: 'cache_pins',
  key: ['pool', 'imageId'],
  columns: {
    ...{ pool: 'id', imageId: 'id', note: 'text?', pinnedBy: 'jsonb', pinnedAt: 'timestamptz', contents: 'jsonb' },
  },
};
