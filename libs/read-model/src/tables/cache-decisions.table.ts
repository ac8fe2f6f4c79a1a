import type { Outcome, Strategy } from '@hearth/contracts';
import type { Table } from './table';

/** The one decision of a create from an image, with what it cost and what a copy spared: statistics and advice are made of these. */
export interface CacheDecisionRow {
  readonly volumeId: string;
  readonly decidedAt: string;
  /** Null when the volume was placed nowhere. */
  readonly pool: string | null;
  readonly imageId: string;
  readonly projectId: string;
  readonly outcome: Outcome;
  readonly strategy: Strategy;
  readonly reason: string;
  /** The create ended without a volume. */
  readonly failed: boolean;
  /** The copy that it used, with its content and GiB; null without one. */
  readonly generation: number | null;
  readonly content: string | null;
  readonly copyGib: number | null;
  /** Moved for this create alone. */
  readonly bytesDownloaded: number;
  readonly bytesWritten: number;
  /** All its steps. */
  readonly durationMs: number;
  /** What it takes to have the content without a copy: what the copy's fill took, or this create itself where there was none. */
  readonly refillBytes: number;
  readonly refillMs: number;
  /** What the copy spared this create. */
  readonly savedBytes: number;
  readonly savedMs: number;
}

export const cacheDecisionsTable: Table<CacheDecisionRow, 'volumeId'> = {
  name: 'cache_decisions',
  key: ['volumeId'],
  columns: {
    volumeId: 'id',
    decidedAt: 'timestamptz',
    pool: 'id?',
    imageId: 'id',
    projectId: 'id',
    outcome: 'id',
    strategy: 'id',
    reason: 'text',
    failed: 'boolean',
    generation: 'integer?',
    content: 'id?',
    copyGib: 'integer?',
    bytesDownloaded: 'bigint',
    bytesWritten: 'bigint',
    durationMs: 'double precision',
    refillBytes: 'bigint',
    refillMs: 'double precision',
    savedBytes: 'bigint',
    savedMs: 'double precision',
  },
};
