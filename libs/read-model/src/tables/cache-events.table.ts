import type { Actor, ImageCacheEvent } from '@hearth/contracts';
import type { Table } from './table';

/** Facts of a pool's stream that happen for every create, and have rows of their own or none; counts are the backend's affair. */
export const unjournalled = [
  'leased',
  'lease-ended',
  'joined',
  'released',
  'hit',
  'miss',
  'dependants-counted',
] as const satisfies readonly ImageCacheEvent['type'][];

/** What the journal has of a pool: its facts, and the settings that its host reported. */
export type JournalledType = Exclude<ImageCacheEvent['type'], (typeof unjournalled)[number]> | 'settings-reported';

/** One event of a pool's cache that operators ask for: its history. */
export interface CacheEventRow {
  readonly pool: string;
  /** Its place in the log: the commit, and the event's ordinal in it. */
  readonly sequence: number;
  readonly ordinal: number;
  readonly type: JournalledType;
  /** The entry that it is about, and its image; null where it is about none. */
  readonly generation: number | null;
  readonly imageId: string | null;
  readonly at: string;
  /** Who did it; null where a rule or a host did. */
  readonly by: Actor | null;
  readonly requestId: string | null;
  /** The fact as it is stored. */
  readonly data: unknown;
}

export const cacheEventsTable: Table<CacheEventRow, 'pool' | 'sequence' | 'ordinal'> = {
  name: 'cache_events',
  key: ['pool', 'sequence', 'ordinal'],
  columns: {
    pool: 'id',
    sequence: 'bigint',
    ordinal: 'integer',
    type: 'id',
    generation: 'integer?',
    imageId: 'id?',
    at: 'timestamptz',
    by: 'jsonb?',
    requestId: 'id?',
    data: 'jsonb',
  },
};
