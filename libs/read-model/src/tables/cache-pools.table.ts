import type { CacheSettings } from '@hearth/contracts';
import type { Table } from './table';

/** The image-volume cache of one pool: its settings as its host reported them, what it holds, what it has done so far. */
export interface CachePoolRow {
  readonly pool: string;
  /** Null until the pool's host has reported its settings. */
  readonly state: CacheSettings['state'] | null;
  readonly reason: string | null;
  /** 0 is unlimited; null until reported. */
  readonly maxSizeGib: number | null;
  readonly maxCount: number | null;
  /** GiB and number of filling and ready entries: what counts against the limits. */
  readonly sizeGib: number;
  readonly fillingCount: number;
  readonly readyCount: number;
  /** Entries that serve no longer and whose image-volumes are still there. */
  readonly retiredGib: number;
  readonly retiredCount: number;
  readonly hits: number;
  /** Of the hits: those that waited for a fill. */
  readonly joined: number;
  readonly misses: number;
  readonly evictions: number;
  readonly fillsFailed: number;
  /** By its fills, from the image service. */
  readonly bytesDownloaded: number;
  /** By its fills, from copies of other hosts. */
  readonly bytesFromPeers: number;
  readonly updatedAt: string;
}

export const cachePoolsTable: Table<CachePoolRow, 'pool'> = {
  name: 'cache_pools',
  key: ['pool'],
  columns: {
    pool: 'id',
    state: 'id?',
    reason: 'text?',
    maxSizeGib: 'integer?',
    maxCount: 'integer?',
    sizeGib: 'bigint',
    fillingCount: 'integer',
    readyCount: 'integer',
    retiredGib: 'bigint',
    retiredCount: 'integer',
    hits: 'bigint',
    joined: 'bigint',
    misses: 'bigint',
    evictions: 'bigint',
    fillsFailed: 'bigint',
    bytesDownloaded: 'bigint',
    bytesFromPeers: 'bigint',
    updatedAt: 'timestamptz',
  },
};
