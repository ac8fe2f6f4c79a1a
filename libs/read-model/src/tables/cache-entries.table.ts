import type {
  Actor,
  EvictionPolicy,
  EvictReason,
  Failure,
  FillSource,
  SignatureState,
  SuspensionCause,
} from '@hearth/contracts';
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
  /** `cancelled`: its fill was given up, because the prefetch that it was for was cancelled. */
  readonly retireReason: EvictReason | 'fill-failed' | 'cancelled' | null;
  readonly failure: Failure | null;
  /** The process that fills or filled it, and for which create (null: a prefetch). */
  readonly host: string;
  readonly incarnation: string;
  readonly attempt: number;
  readonly filledFor: string | null;
  /** Whose create began it: it counts as that project's share. Null for a prefetch, and where no fact tells. */
  readonly projectId: string | null;
  readonly prefetchId: string | null;
  /** The generation in whose place it came: that one bore no more clones. */
  readonly successorOf: number | null;
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
  /** Why it serves nobody until its image can be used again. */
  readonly suspended: SuspensionCause | null;
  readonly suspendedAt: string | null;
  readonly bytesDownloaded: number;
  readonly bytesWritten: number;
  readonly durationsMs: Readonly<Record<string, number>>;
  readonly hits: number;
  readonly lastUsedAt: string;
  /** Volumes made from it that are there. */
  readonly usedBy: number;
  /** What its host last counted instead, on the backend, and when. */
  readonly dependants: number | null;
  readonly dependantsAt: string | null;
  /** When the fill began. */
  readonly createdAt: string;
  readonly readyAt: string | null;
  readonly retiredAt: string | null;
  /** Who asked for that, and which policy chose it among others; null where there was neither. */
  readonly retiredBy: Actor | null;
  readonly retirePolicy: EvictionPolicy | null;
  readonly reapedAt: string | null;
  /** When status or size changed last. */
  readonly updatedAt: string;
  /** The commit that began its present state, and when; see `CacheEntryStateRow`. */
  readonly stateSequence: number;
  readonly stateSince: string;
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
    projectId: 'id?',
    prefetchId: 'id?',
    successorOf: 'integer?',
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
    suspended: 'id?',
    suspendedAt: 'timestamptz?',
    bytesDownloaded: 'bigint',
    bytesWritten: 'bigint',
    durationsMs: 'jsonb',
    hits: 'bigint',
    lastUsedAt: 'timestamptz',
    usedBy: 'integer',
    dependants: 'integer?',
    dependantsAt: 'timestamptz?',
    createdAt: 'timestamptz',
    readyAt: 'timestamptz?',
    retiredAt: 'timestamptz?',
    retiredBy: 'jsonb?',
    retirePolicy: 'id?',
    reapedAt: 'timestamptz?',
    updatedAt: 'timestamptz',
    stateSequence: 'bigint',
    stateSince: 'timestamptz',
  },
};
