import type { ImageCacheEvent, ServiceEvent } from '@hearth/contracts';
import { parsePoolRef } from '@hearth/kernel';
import type { CachePoolRow } from '../tables/cache-pools.table';
import { newPool } from './pool-content.derive';
import { logInstant } from './log-clock.projection';
import { dispatch, occurrenceOf, ofCategory, unchanged, type Handlers, type Projection } from './projection';

/** What a pool's cache may do (from its backend's stream) and what it has done so far (from its own). */
export const cachePoolsProjection: Projection = {
  name: 'cache-pools',
  needs(rows, commits) {
    for (const commit of commits) {
      if (ofCategory(commit, 'image-cache')) rows.cachePools.want({ pool: commit.stream.id });
      for (const event of ofCategory(commit, 'service')?.events ?? []) {
        for (const pool of poolsOf(event)) rows.cachePools.want({ pool });
      }
    }
  },
  apply(rows, commit) {
    const at = logInstant(rows);
    const occurrence = { ...occurrenceOf(commit), at };
    const change = (pool: string, next: (row: CachePoolRow) => CachePoolRow) => {
      const before = rows.cachePools.get({ pool }) ?? newPool(pool, at);
      const row = next(before);
      if (row !== before) rows.cachePools.put({ ...row, updatedAt: at });
    };
    const events = ofCategory(commit, 'image-cache')?.events ?? [];
    for (const event of events) {
      if (wasCancelled(event, events)) continue;
      change(commit.stream.id, (row) => dispatch(onCache, row, event, occurrence));
    }
    for (const event of ofCategory(commit, 'service')?.events ?? []) {
      for (const pool of poolsOf(event)) change(pool, (row) => dispatch(onService, row, event, occurrence));
    }
  },
};

/** A fill that was given up because the prefetch that it was for was cancelled, which ends in the same commit, has not failed. */
function wasCancelled({ type, data }: ImageCacheEvent, together: readonly ImageCacheEvent[]): boolean {
  if (type !== 'fill-failed') return false;
  return together.some(
    (other) =>
      other.type === 'prefetch-ended' &&
      other.data.outcome === 'cancelled' &&
      other.data.generation === data.generation,
  );
}

/** The same figures, later: whatever is in a pool's journal moves its row, and makes it where there is none. */
function touched(row: CachePoolRow): CachePoolRow {
  return { ...row };
}

const onCache = {
  hit: (row, { joined }) => ({ ...row, hits: row.hits + 1, joined: row.joined + (joined ? 1 : 0) }),
  miss: (row) => ({ ...row, misses: row.misses + 1 }),
  evict: (row) => ({ ...row, evictions: row.evictions + 1 }),
  create: (row, { source, bytesDownloaded }) =>
    source?.kind === 'peer'
      ? { ...row, bytesFromPeers: row.bytesFromPeers + bytesDownloaded }
      : { ...row, bytesDownloaded: row.bytesDownloaded + bytesDownloaded },
  'fill-failed': (row) => ({ ...row, fillsFailed: row.fillsFailed + 1 }),
  'switched-off': (row, { ready, by }, { at }) => ({ ...row, offReady: ready, offAt: at, offBy: by }),
  'switched-on': (row) => ({ ...row, offReady: null, offAt: null, offBy: null }),
  'fill-started': touched,
  'fill-sized': touched,
  identified: touched,
  verified: touched,
  'verify-failed': touched,
  reaped: touched,
  suspended: touched,
  resumed: touched,
  pinned: touched,
  unpinned: touched,
  asked: touched,
  'prefetch-requested': touched,
  'prefetch-cancelled': touched,
  'prefetch-ended': touched,
  'size-corrected': touched,
  'orphan-removed': touched,
  joined: unchanged,
  released: unchanged,
  leased: unchanged,
  'lease-ended': unchanged,
  'dependants-counted': unchanged,
} satisfies Handlers<ImageCacheEvent, CachePoolRow>;

const onService = {
  CacheSettingsReported: (row, { cache }) => {
    const { state, reason, maxSizeGib, maxCount } = cache;
    return { ...row, ...{ state, reason, maxSizeGib, maxCount }, settings: cache };
  },
  ServiceEnabled: unchanged,
  ServiceDisabled: unchanged,
} satisfies Handlers<ServiceEvent, CachePoolRow>;

/** The pools an event is about, as `host@backend#pool`; a service may name them by their last part alone. */
export function poolsOf(event: ServiceEvent): readonly string[] {
  if (event.type !== 'CacheSettingsReported') return [];
  const { service, pools } = event.data;
  return pools.map((pool) => (parsePoolRef(pool) ? pool : `${service}#${pool}`));
}
