import type { EvictReason, Failure } from '@hearth/contracts';
import type { Table } from './table';

/** `retired` waits for its image-volume to be removed; `reaped` is past, kept so that its users can be explained. */
export type CacheEntryStatus = 'filling' | 'ready' | 'retired' | 'reaped';

/** One fill attempt of a pool's image-volume cache and what became of it. */
export interface CacheEntryRow {
  readonly pool: string;
  readonly generation: number;
  readonly content: string;
  readonly imageId: string;
  readonly imageName: string | null;
  readonly imageVolumeId: string;
  readonly sizeGib: number;
  readonly status: CacheEntryStatus;
  readonly retireReason: EvictReason | 'fill-failed' | null;
  readonly failure: Failure | null;
  /** The process that fills or filled it, and for which create (null: a prefetch). */
  readonly host: string;
  readonly incarnation: string;
  readonly attempt: number;
  readonly filledFor: string | null;
  readonly internalProjectId: string;
  readonly internalUserId: string;
  readonly digest: string | null;
  readonly verifiedBy: string | null;
  readonly bytesDownloaded: number;
  readonly bytesWritten: number;
  readonly durationsMs: Readonly<Record<string, number>>;
  readonly hits: number;
  readonly lastUsedAt: string;
  /** When the fill began. */
  readonly createdAt: string;
  readonly readyAt: string | null;
  readonly retiredAt: string | null;
  readonly reapedAt: string | null;
  /** When status or size changed last. */
  readonly updatedAt: string;
}

export const cacheEntriesTable: Table<CacheEntryRow, 'pool' | 'generation'> = {
  name: 'cache_entries',
  key: ['pool', 'generation'],
  columns: {
    pool: 'id',
    generation: 'integer',
    content: 'id',
    imageId: 'id',
    imageName: 'text?',
    imageVolumeId: 'id',
    sizeGib: 'integer',
    status: 'id',
    retireReason: 'id?',
    failure: 'jsonb?',
    host: 'id',
    incarnation: 'id',
    attempt: 'integer',
    filledFor: 'id?',
    internalProjectId: 'id',
    internalUserId: 'id',
    digest: 'id?',
    verifiedBy: 'id?',
    bytesDownloaded: 'bigint',
    bytesWritten: 'bigint',
    durationsMs: 'jsonb',
    hits: 'bigint',
    lastUsedAt: 'timestamptz',
    createdAt: 'timestamptz',
    readyAt: 'timestamptz?',
    retiredAt: 'timestamptz?',
    reapedAt: 'timestamptz?',
    updatedAt: 'timestamptz',
  },
};
