import type { EvictReason, Failure, FillSource, SignatureState } from '@hearth/contracts';
import type { Table } from './table';

/** `retired` waits for its image-volume to be removed; `reaped` is past, kept so that its users can be explained. */
export type CacheEntryStatus = 'filling' | 'ready' | 'retired' | 'reaped';

/** What a look at a copy found instead of what was written. */
export interface CacheCorruption {
  readonly expectedDigest: string;
  readonly foundDigest: string;
  readonly at: string;
}

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
  /** Of the disk's content; from its first look on where its fill recorded none. Null where no fact tells. */
  readonly contentDigest: string | null;
  readonly signature: SignatureState | null;
  readonly ignoredChecks: readonly string[] | null;
  readonly source: FillSource | null;
  /** When its bytes were last known to be right. */
  readonly verifiedAt: string | null;
  /** Set when its bytes were found to be others; it serves no longer. */
  readonly corruption: CacheCorruption | null;
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
    contentDigest: 'id?',
    signature: 'id?',
    ignoredChecks: 'jsonb?',
    source: 'jsonb?',
    verifiedAt: 'timestamptz?',
    corruption: 'jsonb?',
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
