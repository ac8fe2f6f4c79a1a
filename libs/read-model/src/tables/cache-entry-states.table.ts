import type { SuspensionCause } from '@hearth/contracts';
import type { CacheEntryStatus } from './cache-entries.table';
import type { Table } from './table';

/** What an entry was from one moment to another: the rows of an instant are what the caches held then. */
export interface CacheEntryStateRow {
  readonly pool: string;
  readonly generation: number;
  /** The commit that began it. */
  readonly sequence: number;
  readonly imageId: string;
  readonly imageName: string | null;
  readonly imageVolumeId: string;
  readonly content: string;
  readonly projectId: string | null;
  readonly status: Exclude<CacheEntryStatus, 'reaped'>;
  readonly sizeGib: number;
  readonly suspended: SuspensionCause | null;
  readonly validFrom: string;
  /** The first moment at which it was something else; null: it still is. */
  readonly validTo: string | null;
}

export const cacheEntryStatesTable: Table<CacheEntryStateRow, 'pool' | 'generation' | 'sequence'> = {
  name: 'cache_entry_states',
  key: ['pool', 'generation', 'sequence'],
  columns: {
    pool: 'id',
    generation: 'integer',
    sequence: 'bigint',
    imageId: 'id',
    imageName: 'text?',
    imageVolumeId: 'id',
    content: 'id',
    projectId: 'id?',
    status: 'id',
    sizeGib: 'integer',
    suspended: 'id?',
    validFrom: 'timestamptz',
    validTo: 'timestamptz?',
  },
};
