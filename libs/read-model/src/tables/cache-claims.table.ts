import type { Table } from './table';

/** What a create in progress holds in a pool's cache; the row goes when the create has ended. */
export interface CacheClaimRow {
  readonly volumeId: string;
  readonly pool: string;
  readonly generation: number;
  /** `filling`: it began the fill; `waiting`: it joined; `released`: the fill has ended and it is called again; `leased`: it clones. */
  readonly stage: 'filling' | 'waiting' | 'released' | 'leased';
  readonly since: string;
}

export const cacheClaimsTable: Table<CacheClaimRow, 'volumeId' | 'pool'> = {
  name: 'cache_claims',
  key: ['volumeId', 'pool'],
  columns: { volumeId: 'id', pool: 'id', generation: 'integer', stage: 'id', since: 'timestamptz' },
};
