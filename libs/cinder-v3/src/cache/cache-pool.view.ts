import type { Actor, CacheSettings } from '@hearth/contracts';
import { actorView } from './actor.view';
import { cacheSettingsView } from './cache-settings.view';

/** What a view needs of a pool's cache; 0 is unlimited, null is not reported yet. */
export interface CachePoolFields {
  readonly pool: string;
  readonly state: string | null;
  readonly reason: string | null;
  readonly maxSizeGib: number | null;
  readonly maxCount: number | null;
  readonly settings: CacheSettings | null;
  readonly offReady: string | null;
  readonly offBy: Actor | null;
  readonly sizeGib: number;
  readonly fillingCount: number;
  readonly readyCount: number;
  readonly retiredGib: number;
  readonly retiredCount: number;
  readonly pinnedCount: number;
  readonly suspendedCount: number;
  readonly hits: number;
  readonly joined: number;
  readonly misses: number;
  readonly evictions: number;
  readonly fillsFailed: number;
  readonly bytesDownloaded: number;
  readonly bytesFromPeers: number;
  readonly updatedAt: string;
}

/** The image-volume cache of one pool, as `GET /v3/cache/pools` lists it. */
export function cachePoolView(pool: CachePoolFields) {
  return {
    pool: pool.pool,
    state: pool.state,
    reason: pool.reason,
    max_size_gib: pool.maxSizeGib,
    max_count: pool.maxCount,
    off: pool.offReady === null || pool.offBy === null ? null : { ready: pool.offReady, by: actorView(pool.offBy) },
    settings: pool.settings && cacheSettingsView(pool.settings),
    size_gib: pool.sizeGib,
    filling_count: pool.fillingCount,
    ready_count: pool.readyCount,
    retired_gib: pool.retiredGib,
    retired_count: pool.retiredCount,
    pinned_count: pool.pinnedCount,
    suspended_count: pool.suspendedCount,
    hits: pool.hits,
    joined: pool.joined,
    misses: pool.misses,
    evictions: pool.evictions,
    fills_failed: pool.fillsFailed,
    bytes_downloaded: pool.bytesDownloaded,
    bytes_from_peers: pool.bytesFromPeers,
    updated_at: pool.updatedAt,
  };
}

/** What one project's creates began takes of a pool's cache. */
export interface CacheShareFields {
  readonly projectId: string | null;
  readonly sizeGib: number;
  readonly count: number;
}

/** A pool with what each project takes of it. */
export function cachePoolDetail(pool: CachePoolFields, shares: readonly CacheShareFields[]) {
  const views = shares.map(({ projectId, sizeGib, count }) => ({ project_id: projectId, size_gib: sizeGib, count }));
  return { pool: { ...cachePoolView(pool), shares: views } };
}
