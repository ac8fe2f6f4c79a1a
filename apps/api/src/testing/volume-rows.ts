import { type FillProgress, fillProgressSchema } from '@hearth/contracts';
import type { CacheEntryView, CachePoolRow, VolumeRow, VolumeTypeRow } from '@hearth/read-model';

export const projectId = 'demo';
export const userId = 'ann';
export const imageId = '533ef249-e7e6-476f-ae5c-155c354defa4';
export const volumeId = 'b0b6b7b1-7d65-45c6-ba6f-04a17aa78527';
export const imageVolumeId = 'ec24550f-4bb3-40a6-9b0f-ac27e8eaa1ee';

/** An available volume made from an image by a cache hit. */
export function volumeRow(row: Partial<VolumeRow> = {}): VolumeRow {
  return {
    id: volumeId,
    projectId,
    userId,
    name: 'img2',
    description: null,
    status: 'available',
    sizeGib: 1,
    extendingToGib: null,
    volumeTypeId: volumeType.id,
    volumeTypeName: volumeType.name,
    encryption: null,
    encryptionKeyId: null,
    snapshotId: null,
    sourceVolid: null,
    availabilityZone: 'nova',
    host: 'store-01@fast#pool',
    bootable: true,
    readOnly: null,
    multiattach: false,
    attachStatus: 'detached',
    migrationStatus: null,
    attachments: [],
    held: null,
    snapshotIds: [],
    transfer: null,
    internal: false,
    metadata: { k1: 'v1' },
    imageMetadata: { image_id: imageId, image_name: 'tiny', disk_format: 'raw' },
    imageId,
    failure: null,
    decision: {
      outcome: 'hit',
      strategy: 'cache',
      reason: 'cached',
      declined: [],
      entry: { pool: 'store-01@fast#pool' as never, generation: 1 as never, imageVolumeId },
      cloneMethod: 'reflink',
      bytesDownloaded: 0,
      bytesWritten: 0,
      digest: 'sha512:ab',
      durationsMs: { clone: 0.4 },
    },
    placements: [{ pool: 'store-01@fast#pool', at: '2026-11-21T00:49:50.100Z', rejected: [], failure: null }],
    requestId: 'req-3230d8df-e875-4fa4-a9d2-74821964aafd',
    requestDigest: null,
    createdAt: '2026-11-21T00:49:50.123Z',
    updatedAt: '2026-11-21T00:49:51.000Z',
    launchedAt: '2026-11-21T00:49:51.000Z',
    deletedAt: null,
    ...row,
  };
}

export const volumeType: VolumeTypeRow = {
  id: 'a6d8f414-1eb5-45aa-b09e-de3a4b83a5fe',
  name: '__DEFAULT__',
  description: null,
  isPublic: true,
  extraSpecs: {},
  createdAt: '2026-11-21T00:00:00.000Z',
  updatedAt: null,
  qosSpecsId: null,
  encryption: null,
};

export const cacheEntry: CacheEntryView = {
  pool: 'store-01@fast#pool',
  generation: 1,
  content: 'sha512:ab',
  imageId,
  imageName: 'tiny',
  imageVolumeId,
  sizeGib: 1,
  status: 'ready',
  retireReason: null,
  failure: null,
  host: 'store-01',
  incarnation: 'one',
  attempt: 1,
  filledFor: null,
  internalProjectId: 'internal',
  internalUserId: 'cache',
  digest: 'sha512:ab',
  verifiedBy: 'os_hash',
  contentDigest: 'sha256-1m:cd',
  signature: 'absent',
  ignoredChecks: [],
  source: { kind: 'image-service', host: null, declined: [] },
  verifiedAt: '2026-11-21T00:49:43.000Z',
  corruption: null,
  bytesDownloaded: 16_777_216,
  bytesWritten: 16_777_216,
  durationsMs: { download: 12 },
  hits: 3,
  lastUsedAt: '2026-11-21T00:49:51.000Z',
  createdAt: '2026-11-21T00:49:40.000Z',
  readyAt: '2026-11-21T00:49:43.000Z',
  retiredAt: null,
  reapedAt: null,
  updatedAt: '2026-11-21T00:49:43.000Z',
  claims: 1,
  leases: 1,
};

/** A fill of the entry's image, run by the volume's create. */
export function fillProgress(progress: Readonly<Record<string, unknown>> = {}): FillProgress {
  return fillProgressSchema.parse({
    pool: cacheEntry.pool,
    generation: cacheEntry.generation,
    volumeId,
    imageId,
    phase: 'download',
    bytesDone: 7_046_430,
    bytesTotal: 16_777_216,
    percent: 42,
    startedAt: '2026-11-21T00:49:40.000Z',
    at: '2026-11-21T00:49:41.000Z',
    ...progress,
  });
}

export const cachePool: CachePoolRow = {
  pool: 'store-01@fast#pool',
  state: 'enabled',
  reason: null,
  maxSizeGib: 100,
  maxCount: 0,
  sizeGib: 1,
  fillingCount: 0,
  readyCount: 1,
  retiredGib: 0,
  retiredCount: 0,
  hits: 3,
  joined: 1,
  misses: 1,
  evictions: 0,
  fillsFailed: 0,
  bytesDownloaded: 16_777_216,
  bytesFromPeers: 0,
  updatedAt: '2026-11-21T00:49:43.000Z',
};
