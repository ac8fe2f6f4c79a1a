import type { Actor, CacheSettings } from '@hearth/contracts';
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
  /** All that its host reported; rules that are not in it have their defaults. */
  readonly settings: CacheSettings | null;
  /** Set while an administrator has switched it off: what becomes of the entries that are ready. */
  readonly offReady: 'drain' | 'stay' | null;
  readonly offAt: string | null;
  readonly offBy: Actor | null;
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
  /** When any of this changed last, by the log's time; see `logClockProjection`. */
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
    settings: 'jsonb?',
    offReady: 'id?',
    offAt: 'timestamptz?',
    offBy: 'jsonb?',
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
