import type {
  Actor,
  CachePolicyEvent,
  CacheSettings,
  CreateDecision,
  EvictReason,
  Failure,
  ImageCacheEvent,
  ImageIdentity,
  ServiceEvent,
  VolumeEvent,
} from '@hearth/contracts';
import type { Generation, PoolRef, ProjectId, UserId, VolumeId } from '@hearth/kernel';

/** Sample facts: numbered volumes, image-volumes and images in two pools. */
const numbered = (prefix: string, ordinal: number) => `${prefix}-0000-4000-8000-${String(ordinal).padStart(12, '0')}`;

export const poolA = 'store-01@fast#default' as PoolRef;
export const poolB = 'store-02@fast#default' as PoolRef;
export const volumeId = (ordinal: number) => numbered('10000000', ordinal) as VolumeId;
export const imageVolumeId = (ordinal: number) => numbered('20000000', ordinal) as VolumeId;
export const imageId = (ordinal: number) => numbered('30000000', ordinal);
export const internalProject = 'hearth-internal';

type DataOf<Event extends { type: string; data: unknown }, Type extends Event['type']> = Extract<
  Event,
  { type: Type }
>['data'];

export const image = (ordinal: number): ImageIdentity => ({
  id: imageId(ordinal),
  name: `image ${ordinal}`,
  updatedAt: '2026-01-01T00:00:00Z',
  osHashAlgo: 'sha512',
  osHashValue: String(ordinal).padStart(128, '0'),
  checksum: null,
  sizeBytes: 1000,
  virtualSizeBytes: 2000,
  diskFormat: 'raw',
  containerFormat: 'bare',
  visibility: 'public',
  owner: null,
  minDiskGib: 0,
  minRamMib: 0,
  properties: {},
});

export const failure = (code: Failure['code'] = 'backend.failed'): Failure => ({ code, reason: 'it failed' });

export const decision: CreateDecision = {
  outcome: 'hit',
  strategy: 'cache',
  reason: 'cached',
  declined: [],
  entry: { pool: poolA, generation: 1 as Generation, imageVolumeId: imageVolumeId(1) },
  cloneMethod: 'reflink',
  bytesDownloaded: 0,
  bytesWritten: 0,
  digest: null,
  durationsMs: { clone: 1.5 },
};

export const requested = (
  ordinal: number,
  patch: Partial<DataOf<VolumeEvent, 'VolumeRequested'>> = {},
): VolumeEvent => ({
  type: 'VolumeRequested',
  data: {
    volumeId: volumeId(ordinal),
    projectId: 'demo' as ProjectId,
    userId: 'alice' as UserId,
    name: `volume ${ordinal}`,
    description: null,
    sizeGib: 10,
    volumeType: volumeType(1),
    availabilityZone: null,
    metadata: { purpose: 'test' },
    image: null,
    ...patch,
  },
});
export const placed = (pool: PoolRef = poolA, attempt = 1): VolumeEvent => ({
  type: 'VolumePlaced',
  data: { pool, availabilityZone: 'nova', attempt, rejected: [{ pool: poolB, reason: 'full' }] },
});
export const provisioned = (pool: PoolRef = poolA): VolumeEvent => ({
  type: 'VolumeProvisioned',
  data: { pool, bootable: true, imageMetadata: { image_id: imageId(1) }, decision },
});
export const rescheduled = (pool: PoolRef = poolA): VolumeEvent => ({
  type: 'VolumeRescheduled',
  data: { pool, failure: failure() },
});
export const createFailed = (): VolumeEvent => ({
  type: 'VolumeCreateFailed',
  data: { failure: failure('image.hash_mismatch'), decision },
});
export const deletionRequested: VolumeEvent = { type: 'VolumeDeletionRequested', data: { userId: 'alice' as UserId } };
export const deletionFailed: VolumeEvent = { type: 'VolumeDeletionFailed', data: { failure: failure() } };
export const deleted: VolumeEvent = { type: 'VolumeDeleted', data: {} };

export const volumeType = (ordinal: number, extraSpecs: Readonly<Record<string, string>> = {}) => ({
  id: numbered('40000000', ordinal),
  name: ordinal === 1 ? '__DEFAULT__' : `type ${ordinal}`,
  extraSpecs,
});
export const snapshotId = (ordinal: number) => numbered('50000000', ordinal);
export const attachmentId = (ordinal: number) => numbered('60000000', ordinal);
export const transferId = (ordinal: number) => numbered('70000000', ordinal);
export const serverId = (ordinal: number) => numbered('80000000', ordinal);

/** An event of a volume's stream. */
export function fact<Type extends VolumeEvent['type']>(type: Type, data: DataOf<VolumeEvent, Type>): VolumeEvent {
  return { type, data } as VolumeEvent;
}

export const snapshotRequested = (
  snapshot: number,
  patch: Partial<DataOf<VolumeEvent, 'SnapshotRequested'>> = {},
): VolumeEvent =>
  fact('SnapshotRequested', {
    ...{ snapshotId: snapshotId(snapshot), projectId: 'demo' as ProjectId, userId: 'alice' as UserId },
    ...{ name: `snapshot ${snapshot}`, description: null, metadata: {}, sizeGib: 10, force: false },
    ...patch,
  });
export const attachmentReserved = (attachment: number, server: number | null = 1): VolumeEvent =>
  fact('VolumeAttachmentReserved', {
    attachmentId: attachmentId(attachment),
    instanceId: server === null ? null : serverId(server),
    mode: 'rw',
  });
export const connectRequested = (attachment: number): VolumeEvent =>
  fact('VolumeAttachmentConnectRequested', {
    attachmentId: attachmentId(attachment),
    connector: { host: 'compute-01', mountpoint: '/dev/vdb' },
    mode: 'rw',
  });
export const connection = { driverVolumeType: 'nbd', data: { url: 'nbd://store-01:10809/v' } };
export const connected = (attachment: number): VolumeEvent =>
  fact('VolumeAttachmentConnected', { attachmentId: attachmentId(attachment), connection });
export const completed = (attachment: number): VolumeEvent =>
  fact('VolumeAttachmentCompleted', {
    ...{ attachmentId: attachmentId(attachment), instanceId: null, hostName: null, mountpoint: null },
  });
export const disconnectRequested = (attachment: number, remove = true): VolumeEvent =>
  fact('VolumeAttachmentDisconnectRequested', { attachmentId: attachmentId(attachment), remove });
export const transferCreated = (transfer: number, noSnapshots = false): VolumeEvent =>
  fact('VolumeTransferCreated', {
    ...{ transferId: transferId(transfer), name: 'gift', salt: 'salt', keyHash: 'hash', noSnapshots },
  });
export const transferAccepted = (transfer: number, projectId = 'other'): VolumeEvent =>
  fact('VolumeTransferAccepted', {
    ...{ transferId: transferId(transfer), projectId: projectId as ProjectId, userId: 'bob' as UserId },
  });
export const uploadRequested: VolumeEvent = fact('VolumeUploadRequested', {
  ...{ imageId: imageId(9), imageName: 'upload', diskFormat: 'raw', containerFormat: 'bare', visibility: 'shared' },
  imageOwner: null,
});

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
export const serviceDisabled = (reason = 'maintenance'): ServiceEvent => ({
  type: 'ServiceDisabled',
  data: { service: 'store-01@fast', reason },
});
export const serviceEnabled: ServiceEvent = { type: 'ServiceEnabled', data: { service: 'store-01@fast' } };
export const settingsReported = (pools: string[], more: Partial<CacheSettings> = {}): ServiceEvent => ({
  type: 'CacheSettingsReported',
  data: {
    service: 'store-01@fast',
    pools,
    cache: { state: 'enabled', reason: null, maxSizeGib: 100, maxCount: 5, ...more },
  },
});

const at = '2026-03-01T00:00:00Z';
export const operator: Actor = { userId: 'root' as UserId, projectId: 'operators' as ProjectId, requestId: 'req-9' };
export const prefetchId = (ordinal: number) => numbered('90000000', ordinal);
export const policyId = (ordinal: number) => numbered('a0000000', ordinal);

/** An event of a pool's stream. */
export function cacheFact<Type extends ImageCacheEvent['type']>(
  type: Type,
  data: DataOf<ImageCacheEvent, Type>,
): ImageCacheEvent {
  return { type, data } as ImageCacheEvent;
}

export const suspended = (generation: number): ImageCacheEvent =>
  cacheFact('suspended', {
    ...{ generation: generation as Generation, imageId: imageId(generation), cause: 'deactivated', at },
  });
export const resumed = (generation: number): ImageCacheEvent =>
  cacheFact('resumed', { generation: generation as Generation, imageId: imageId(generation), at });
export const pinned = (ordinal: number, note: string | null = null, contents?: string[]): ImageCacheEvent =>
  cacheFact('pinned', { imageId: imageId(ordinal), by: operator, note, at, ...(contents && { contents }) });
export const unpinned = (ordinal: number): ImageCacheEvent =>
  cacheFact('unpinned', { imageId: imageId(ordinal), by: operator, at });
export const switchedOff = (ready: 'drain' | 'stay' = 'drain'): ImageCacheEvent =>
  cacheFact('switched-off', { ready, by: operator, at });
export const switchedOn: ImageCacheEvent = cacheFact('switched-on', { by: operator, at });
export const asked = (ordinal: number): ImageCacheEvent =>
  cacheFact('asked', {
    ...{ content: `content-${ordinal}`, imageId: imageId(ordinal), volumeId: volumeId(ordinal) },
    ...{ projectId: 'demo' as ProjectId, at },
  });
export const prefetchRequested = (ordinal: number): ImageCacheEvent =>
  cacheFact('prefetch-requested', {
    ...{ prefetchId: prefetchId(ordinal), imageId: imageId(ordinal), image: image(ordinal) },
    ...{ by: operator, at, deadline: '2026-03-02T00:00:00Z', pin: true },
  });
export const prefetchCancelled = (ordinal: number): ImageCacheEvent =>
  cacheFact('prefetch-cancelled', { prefetchId: prefetchId(ordinal), by: operator, at });
export const prefetchEnded = (ordinal: number, outcome: 'cached' | 'cancelled' = 'cached'): ImageCacheEvent =>
  cacheFact('prefetch-ended', {
    ...{ prefetchId: prefetchId(ordinal), imageId: imageId(ordinal), outcome, failure: null, at },
    generation: ordinal as Generation,
  });
export const dependantsCounted = (generation: number, count: number): ImageCacheEvent =>
  cacheFact('dependants-counted', { generation: generation as Generation, count, at });
export const sizeCorrected = (generation: number, sizeGib: number): ImageCacheEvent =>
  cacheFact('size-corrected', { generation: generation as Generation, sizeGib, wasGib: 2, at });
export const policyDefined = (patch: Partial<DataOf<CachePolicyEvent, 'defined'>> = {}): CachePolicyEvent => ({
  type: 'defined',
  data: {
    ...{ name: 'latest', selector: { name: 'debian' }, pools: ['*'], keep: 1, pin: true, everySeconds: 3_600 },
    ...{ enabled: true, by: operator, at },
    ...patch,
  },
});
export const policyRemoved: CachePolicyEvent = { type: 'removed', data: { by: operator, at } };
