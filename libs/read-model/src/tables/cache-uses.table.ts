import type { Table } from './table';

/** The one `hit` or `miss` of a create, or of a volume that was given another image, in a pool's cache. */
export interface CacheUseRow {
  readonly volumeId: string;
  readonly pool: string;
  readonly generation: number;
  readonly imageId: string;
  /** `joined` is a hit on a copy that was still being filled when the create came. */
  readonly outcome: 'hit' | 'joined' | 'miss';
  /** A miss whose create ended without a volume. */
  readonly failed: boolean;
  readonly projectId: string;
  readonly userId: string;
  readonly sizeGib: number;
  readonly volumeType: string;
  readonly requestId: string | null;
  readonly usedAt: string;
  /** Its place in the log: the commit, and the event's ordinal in it. */
  readonly sequence: number;
  readonly ordinal: number;
  /** Hits of the entry up to here, this one included. */
  readonly entryHits: number;
}

export const cacheUsesTable: Table<CacheUseRow, 'pool' | 'sequence' | 'ordinal'> = {
  name: 'cache_uses',
  key: ['pool', 'sequence', 'ordinal'],
  columns: {
    volumeId: 'id',
    pool: 'id',
    generation: 'integer',
    imageId: 'id',
    outcome: 'id',
    failed: 'boolean',
    projectId: 'id',
    userId: 'id',
    sizeGib: 'integer',
    volumeType: 'text',
    requestId: 'id?',
    usedAt: 'timestamptz',
    sequence: 'bigint',
    ordinal: 'integer',
    entryHits: 'bigint',
  },
};
