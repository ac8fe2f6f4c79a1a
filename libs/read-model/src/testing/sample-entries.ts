import type { EvictReason, ImageCacheEvent } from '@hearth/contracts';
import type { Generation, ProjectId, UserId } from '@hearth/kernel';
import { type DataOf, failure, image, imageId, imageVolumeId, internalProject, volumeId } from './sample-things';

// What happens to the entries of a pool, and what creates do with them.

export const fillStarted = (
  generation: number,
  patch: Partial<DataOf<ImageCacheEvent, 'fill-started'>> = {},
): ImageCacheEvent => ({
  type: 'fill-started',
  data: {
    generation: generation as Generation,
    content: `content-${generation}`,
    image: image(generation),
    imageVolumeId: imageVolumeId(generation),
    sizeGib: 2,
    volumeId: volumeId(generation),
    host: 'store-01',
    incarnation: 'a',
    attempt: 1,
    internalProjectId: internalProject as ProjectId,
    internalUserId: 'hearth' as UserId,
    ...patch,
  },
});
export const created = (generation: number, sizeGib = 2): ImageCacheEvent => ({
  type: 'create',
  data: {
    generation: generation as Generation,
    imageId: imageId(generation),
    imageVolumeId: imageVolumeId(generation),
    sizeGib,
    digest: 'sha512:00',
    verifiedBy: 'os_hash',
    contentDigest: 'sha256-1m:00',
    signature: 'verified',
    ignoredChecks: ['polyglot'],
    source: { kind: 'image-service', host: null, declined: [] },
    at: '2026-01-01T00:00:00Z',
    bytesDownloaded: 1000,
    bytesWritten: 900,
    durationsMs: { download: 12.5 },
  },
});
export const leased = (generation: number, volume: number): ImageCacheEvent => ({
  type: 'leased',
  data: { generation: generation as Generation, volumeId: volumeId(volume), outcome: 'hit' },
});
export const joined = (generation: number, volume: number): ImageCacheEvent => ({
  type: 'joined',
  data: { generation: generation as Generation, volumeId: volumeId(volume) },
});
export const released = (generation: number, ...volumes: number[]): ImageCacheEvent => ({
  type: 'released',
  data: { generation: generation as Generation, volumeIds: volumes.map(volumeId) },
});

const use = (generation: number, volume: number) => ({
  volumeId: volumeId(volume),
  generation: generation as Generation,
  imageId: imageId(generation),
  projectId: 'demo' as ProjectId,
  userId: 'alice' as UserId,
  sizeGib: 10,
  volumeType: '__DEFAULT__',
  requestId: 'req-1',
});
export const hit = (generation: number, volume: number, wasJoined = false): ImageCacheEvent => ({
  type: 'hit',
  data: { ...use(generation, volume), joined: wasJoined },
});
export const miss = (generation: number, volume: number, failed = false): ImageCacheEvent => ({
  type: 'miss',
  data: { ...use(generation, volume), failed },
});
const look = (generation: number, contentDigest: string) => ({
  ...{ generation: generation as Generation, contentDigest, bytesRead: 1_000, durationMs: 5 },
  at: '2026-02-01T00:00:00Z',
});
export const verified = (generation: number, contentDigest = 'sha256-1m:00'): ImageCacheEvent => ({
  type: 'verified',
  data: look(generation, contentDigest),
});
export const verifyFailed = (generation: number, contentDigest = 'sha256-1m:ff'): ImageCacheEvent => ({
  type: 'verify-failed',
  data: {
    ...look(generation, contentDigest),
    ...{ imageId: imageId(generation), imageVolumeId: imageVolumeId(generation), expectedDigest: 'sha256-1m:00' },
  },
});
export const evicted = (generation: number, reason: EvictReason = 'lru'): ImageCacheEvent => ({
  type: 'evict',
  data: {
    generation: generation as Generation,
    imageId: imageId(generation),
    imageVolumeId: imageVolumeId(generation),
    sizeGib: 2,
    reason,
  },
});
export const reaped = (generation: number): ImageCacheEvent => ({
  type: 'reaped',
  data: { generation: generation as Generation, imageVolumeId: imageVolumeId(generation), sizeGib: 2 },
});
export const fillFailed = (generation: number): ImageCacheEvent => ({
  type: 'fill-failed',
  data: { generation: generation as Generation, failure: failure('image.download_failed'), transient: true },
});
