import type { ImageCacheEvent, ServiceEvent } from '@hearth/contracts';
import { parsePoolRef } from '@hearth/kernel';
import type { CachePoolRow } from '../tables/cache-pools.table';
import { newPool } from './pool-content.derive';
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
    const occurrence = occurrenceOf(commit);
    const change = (pool: string, next: (row: CachePoolRow) => CachePoolRow) => {
      const before = rows.cachePools.get({ pool }) ?? newPool(pool, occurrence.at);
      const row = next(before);
      if (row !== before) rows.cachePools.put({ ...row, updatedAt: occurrence.at });
    };
    for (const event of ofCategory(commit, 'image-cache')?.events ?? []) {
      change(commit.stream.id, (row) => dispatch(onCache, row, event, occurrence));
    }
    for (const event of ofCategory(commit, 'service')?.events ?? []) {
      for (const pool of poolsOf(event)) change(pool, (row) => dispatch(onService, row, event, occurrence));
    }
  },
};

const onCache = {
  hit: (row, { joined }) => ({ ...row, hits: row.hits + 1, joined: row.joined + (joined ? 1 : 0) }),
  miss: (row) => ({ ...row, misses: row.misses + 1 }),
  evict: (row) => ({ ...row, evictions: row.evictions + 1 }),
  create: (row, { source, bytesDownloaded }) =>
    source?.kind === 'peer'
      ? { ...row, bytesFromPeers: row.bytesFromPeers + bytesDownloaded }
      : { ...row, bytesDownloaded: row.bytesDownloaded + bytesDownloaded },
  'fill-failed': (row) => ({ ...row, fillsFailed: row.fillsFailed + 1 }),
  'fill-started': unchanged,
  'fill-sized': unchanged,
  identified: unchanged,
  joined: unchanged,
  released: unchanged,
  leased: unchanged,
  'lease-ended': unchanged,
  verified: unchanged,
  'verify-failed': unchanged,
  reaped: unchanged,
  suspended: unchanged,
  resumed: unchanged,
  pinned: unchanged,
  unpinned: unchanged,
  'switched-off': unchanged,
  'switched-on': unchanged,
  asked: unchanged,
  'prefetch-requested': unchanged,
  'prefetch-cancelled': unchanged,
  'prefetch-ended': unchanged,
  'dependants-counted': unchanged,
  'size-corrected': unchanged,
  'orphan-removed': unchanged,
} satisfies Handlers<ImageCacheEvent, CachePoolRow>;

const onService = {
  CacheSettingsReported: (row, { cache: { state, reason, maxSizeGib, maxCount } }) => ({
    ...row,
    ...{ state, reason, maxSizeGib, maxCount },
  }),
  ServiceEnabled: unchanged,
  ServiceDisabled: unchanged,
} satisfies Handlers<ServiceEvent, CachePoolRow>;

/** The pools an event is about, as `host@backend#pool`; a service may name them by their last part alone. */
export function poolsOf(event: ServiceEvent): readonly string[] {
  if (event.type !== 'CacheSettingsReported') return [];
  const { service, pools } = event.data;
  return pools.map((pool) => (parsePoolRef(pool) ? pool : `${service}#${pool}`));
}
