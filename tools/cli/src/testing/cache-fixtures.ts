import type { Actor } from '@hearth/contracts';
import type { ProjectId, UserId } from '@hearth/kernel';
import {
  cacheEntryView,
  cachePolicyView,
  cachePoolDetail,
  cachePrefetchView,
  cacheStatisticsView,
} from '@hearth/cinder-v3';

export const imageId = '6c8e4d3a-7f0b-4a52-9a55-1f6a2d2f0c11';
export const entryId = '0a6b9c52-5c0e-4b5e-9b64-0d8f6b6a2f11';
export const volumeId = 'b0b6b7b1-7d65-45c6-ba6f-04a17aa78527';
export const prefetchId = '5d1f0f36-92e5-4b61-a2b7-5a9b8a0f3c77';
export const policyId = '7b0c0a5e-5d64-4d02-8a5e-6c8b0f4d2e19';
export const pool = 'store-01@fast#default';
export const at = '2026-11-21T00:49:50.123Z';
export const ann: Actor = { userId: 'ann' as UserId, projectId: 'ops' as ProjectId, requestId: 'req-1' };

type EntryFields = Parameters<typeof cacheEntryView>[0];
type PoolFields = Parameters<typeof cachePoolDetail>[0];
type PrefetchFields = Parameters<typeof cachePrefetchView>[0];
type PolicyFields = Parameters<typeof cachePolicyView>[0];
type StatisticsFields = Parameters<typeof cacheStatisticsView>[0];

/** An entry as the API shows it. */
export const entry = (fields: Partial<EntryFields> = {}) =>
  cacheEntryView({
    ...{ pool, generation: 1, content: 'sha512:ab', imageId, imageName: 'tiny', imageVolumeId: entryId, sizeGib: 2 },
    ...{ status: 'ready', retireReason: null, retiredBy: null, retirePolicy: null, suspended: null, suspendedAt: null },
    ...{ pinned: false, projectId: null, prefetchId: null, successorOf: null, failure: null, digest: 'sha512:ab' },
    ...{
      verifiedBy: 'os_hash',
      contentDigest: 'sha256-1m:cd',
      signature: 'verified',
      ignoredChecks: null,
      source: null,
    },
    ...{ verifiedAt: at, corruption: null, bytesDownloaded: 16_777_216, bytesWritten: 16_777_216, durationsMs: {} },
    ...{ hits: 3, usedBy: 0, dependants: null, dependantsAt: null, lastUsedAt: at, createdAt: at, readyAt: at },
    ...{ retiredAt: null, reapedAt: null, claims: 0, leases: 0 },
    ...fields,
  });

export const poolFields = (fields: Partial<PoolFields> = {}): PoolFields => ({
  ...{ pool, state: 'enabled', reason: null, maxSizeGib: 100, maxCount: 0, offReady: null, offBy: null, sizeGib: 2 },
  settings: { state: 'enabled', reason: null, maxSizeGib: 100, maxCount: 0 },
  ...{ fillingCount: 0, readyCount: 1, retiredGib: 0, retiredCount: 0, pinnedCount: 0, suspendedCount: 0, hits: 3 },
  ...{
    joined: 1,
    misses: 1,
    evictions: 0,
    fillsFailed: 0,
    bytesDownloaded: 16_777_216,
    bytesFromPeers: 0,
    updatedAt: at,
  },
  ...fields,
});

/** A pool as lists have it, without shares. */
export function poolView(fields: Partial<PoolFields> = {}) {
  const { shares: _, ...view } = cachePoolDetail(poolFields(fields), []).pool;
  return view;
}

export const poolDetail = (fields: Partial<PoolFields> = {}) =>
  cachePoolDetail(poolFields(fields), [{ projectId: 'demo', sizeGib: 2, count: 1 }]);

export const prefetch = (fields: Partial<PrefetchFields> = {}) =>
  cachePrefetchView({
    ...{ id: prefetchId, pool, imageId, imageName: 'tiny', status: 'queued', cancelledAt: null, generation: null },
    ...{ failure: null, pin: false, deadline: null, requestedBy: ann, requestedAt: at, endedAt: null },
    ...fields,
  });

export const policy = (fields: Partial<PolicyFields> = {}) =>
  cachePolicyView({
    ...{ id: policyId, name: 'debian', selector: { name: 'debian-12' }, pools: ['*'], keep: 2, pin: false },
    matchedPools: [pool],
    ...{ everySeconds: 3_600, enabled: true, definedBy: ann, createdAt: at, updatedAt: at },
    ...fields,
  });

export const statistics = (fields: Partial<StatisticsFields> = {}) =>
  cacheStatisticsView({
    ...{ key: null, hits: 6, joined: 2, misses: 2, bypasses: 1, failed: 0, bytesDownloaded: 2_097_152 },
    ...{ bytesAsked: 10_485_760, bytesSaved: 8_388_608, seconds: 40, secondsAsked: 100, secondsSaved: 75 },
    ...fields,
  });

/** A volume that was made from the entry. */
export const entryUser = () => ({
  ...{ id: volumeId, name: 'disk1', project_id: 'demo', status: 'available', size: 2, outcome: 'hit', created_at: at },
});

const poolRemoval = {
  ...{ pool, count: 1, size_gib: 2, remaining: 0, in_use: 1, pinned: 0, filling: 0, retired_count: 1, retired_gib: 2 },
};

/** What a clear, a prune or a clean answers. */
export const removal = (
  fields: { readonly count?: number; readonly remaining?: number; readonly dry_run?: boolean } = {},
) => {
  const { count = 1, remaining = 0 } = fields;
  const gone = { id: entryId, pool, generation: 1, image_id: imageId, size_gib: 2, reason: 'manual' };
  return {
    ...{ dry_run: false, count, size_gib: 2 * count, remaining, skipped: 0 },
    pools: [{ ...poolRemoval, count, size_gib: 2 * count, remaining }],
    entries: Array.from({ length: count }, () => gone),
    ...fields,
  };
};
