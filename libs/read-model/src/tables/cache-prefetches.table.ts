import type { Actor, Failure, PrefetchOutcome } from '@hearth/contracts';
import type { Table } from './table';

/** An image that is to have an entry in a pool, and what became of that. */
export interface CachePrefetchRow {
  readonly id: string;
  readonly pool: string;
  readonly imageId: string;
  readonly imageName: string | null;
  readonly requestedBy: Actor;
  readonly requestedAt: string;
  readonly deadline: string | null;
  readonly pin: boolean;
  /** `queued` until its fill begins, then `running`; the other words are its end. */
  readonly status: 'queued' | 'running' | PrefetchOutcome;
  /** Somebody has cancelled it; what runs is being stopped. */
  readonly cancelledAt: string | null;
  /** The entry that it fills or filled, or that was there. */
  readonly generation: number | null;
  readonly failure: Failure | null;
  readonly endedAt: string | null;
}

export const cachePrefetchesTable: Table<CachePrefetchRow, 'id'> = {
  name: 'cache_prefetches',
  key: ['id'],
  columns: {
    id: 'id',
    pool: 'id',
    imageId: 'id',
    imageName: 'text?',
    requestedBy: 'jsonb',
    requestedAt: 'timestamptz',
    deadline: 'timestamptz?',
    pin: 'boolean',
    status: 'id',
    cancelledAt: 'timestamptz?',
    generation: 'integer?',
    failure: 'jsonb?',
    endedAt: 'timestamptz?',
  },
};
