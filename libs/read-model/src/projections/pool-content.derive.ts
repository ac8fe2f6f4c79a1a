import type { CacheEntryRow, CacheEntryStatus } from '../tables/cache-entries.table';
import type { CachePoolRow } from '../tables/cache-pools.table';

/** A pool whose settings nobody has reported and that has done nothing yet. */
export function newPool(pool: string, at: string): CachePoolRow {
  return {
    pool,
    state: null,
    reason: null,
    maxSizeGib: null,
    maxCount: null,
    settings: null,
    offReady: null,
    offAt: null,
    offBy: null,
    sizeGib: 0,
    fillingCount: 0,
    readyCount: 0,
    retiredGib: 0,
    retiredCount: 0,
    hits: 0,
    joined: 0,
    misses: 0,
    evictions: 0,
    fillsFailed: 0,
    bytesDownloaded: 0,
    bytesFromPeers: 0,
    updatedAt: at,
  };
}

/** What a pool holds after one of its entries changed in status or size. */
export function poolAfter(
  known: CachePoolRow | undefined,
  before: CacheEntryRow | undefined,
  after: CacheEntryRow,
): CachePoolRow {
  const pool = known ?? newPool(after.pool, after.updatedAt);
  const moved = (statuses: readonly CacheEntryStatus[], of: (entry: CacheEntryRow) => number) =>
    amount(after, statuses, of) - amount(before, statuses, of);
  return {
    ...pool,
    sizeGib: pool.sizeGib + moved(['filling', 'ready'], gib),
    fillingCount: pool.fillingCount + moved(['filling'], one),
    readyCount: pool.readyCount + moved(['ready'], one),
    retiredGib: pool.retiredGib + moved(['retired'], gib),
    retiredCount: pool.retiredCount + moved(['retired'], one),
    updatedAt: after.updatedAt,
  };
}

const gib = (entry: CacheEntryRow) => entry.sizeGib;
const one = () => 1;

function amount(
  entry: CacheEntryRow | undefined,
  statuses: readonly CacheEntryStatus[],
  of: (entry: CacheEntryRow) => number,
): number {
  return entry && statuses.includes(entry.status) ? of(entry) : 0;
}
