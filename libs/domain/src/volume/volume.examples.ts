import type { CreateDecision, Failure, ImageIdentity, VolumeEvent } from '@hearth/contracts';
import type { Generation, PoolRef, ProjectId, UserId, VolumeId } from '@hearth/kernel';
import type { VolumeRequest } from './volume.state';

/** Sample facts for tests: one volume of one image on one pool. */
export const examplePool = 'store-01@fast#default' as PoolRef;
export const otherPool = 'store-02@fast#default' as PoolRef;

export const exampleImage: ImageIdentity = {
  id: '7a5d3d1c-4d0c-4d2f-9a55-0f6a2d6c1a01',
  name: 'debian-12',
  updatedAt: '2026-01-02T03:04:05Z',
  osHashAlgo: 'sha512',
  osHashValue: 'ab'.repeat(64),
  checksum: 'cd'.repeat(16),
  sizeBytes: 300 * 2 ** 20,
  virtualSizeBytes: 2 * 2 ** 30,
  diskFormat: 'qcow2',
  containerFormat: 'bare',
  visibility: 'public',
  owner: 'images',
  minDiskGib: 0,
  minRamMib: 0,
  properties: { os_distro: 'debian' },
};

export const exampleRequest: VolumeRequest = {
  volumeId: '5b1c0d7e-8a34-4c1b-b0f5-2f8f6d9f0c11' as VolumeId,
  projectId: 'demo' as ProjectId,
  userId: 'alice' as UserId,
  name: 'root disk',
  description: null,
  sizeGib: 10,
  volumeType: { id: '0f6a2d6c-1a01-4d2f-9a55-7a5d3d1c4d0c', name: '__DEFAULT__', extraSpecs: {} },
  availabilityZone: null,
  metadata: {},
  image: exampleImage,
  requestDigest: 'e3b0c442',
};

export const exampleDecision: CreateDecision = {
  outcome: 'hit',
  strategy: 'cache',
  reason: 'cached',
  declined: [],
  entry: { pool: examplePool, generation: 1 as Generation, imageVolumeId: '11111111-2222-4333-8444-555555555555' },
  cloneMethod: 'reflink',
  bytesDownloaded: 0,
  bytesWritten: 0,
  digest: `sha512:${'ab'.repeat(64)}`,
  durationsMs: { clone: 1.5 },
};

export const failed = (code: Failure['code'] = 'image.unacceptable'): Failure => ({ code, reason: 'it failed' });

export const requested = (patch: Partial<VolumeRequest> = {}): VolumeEvent => ({
  type: 'VolumeRequested',
  data: { ...exampleRequest, ...patch },
});
export const placed = (pool: PoolRef = examplePool, attempt = 1): VolumeEvent => ({
  type: 'VolumePlaced',
  data: { pool, availabilityZone: 'nova', attempt, rejected: [] },
});
export const rescheduled = (pool: PoolRef = examplePool): VolumeEvent => ({
  type: 'VolumeRescheduled',
  data: { pool, failure: failed('backend.failed') },
});
export const provisioned = (pool: PoolRef = examplePool): VolumeEvent => ({
  type: 'VolumeProvisioned',
  data: { pool, bootable: true, imageMetadata: { image_id: exampleImage.id }, decision: exampleDecision },
});
export const createFailed = (failure: Failure = failed()): VolumeEvent => ({
  type: 'VolumeCreateFailed',
  data: { failure, decision: null },
});
export const deletionRequested = (): VolumeEvent => ({
  type: 'VolumeDeletionRequested',
  data: { userId: exampleRequest.userId },
});
export const deletionFailed = (): VolumeEvent => ({
  type: 'VolumeDeletionFailed',
  data: { failure: failed('backend.failed') },
});
export const deleted = (): VolumeEvent => ({ type: 'VolumeDeleted', data: {} });

/** A volume of a size on the example pool, without content and in use by nobody. */
export const made = (patch: Partial<VolumeRequest> = {}): readonly VolumeEvent[] => [
  requested({ image: null, ...patch }),
  placed(),
  { type: 'VolumeProvisioned', data: { pool: examplePool, bootable: false, imageMetadata: {}, decision: null } },
];

export const exampleSnapshotId = '5a000000-0000-4000-8000-000000000001';
export const exampleAttachmentId = 'a7000000-0000-4000-8000-000000000001';
export const exampleInstanceId = '11111111-2222-4333-8444-000000000001';
export const exampleTransferId = '7f000000-0000-4000-8000-000000000001';
export const exampleConnector = { host: 'compute-1', ip: '192.0.2.1', initiator: 'iqn.2026-01.org.example:1' };
export const exampleConnection = { driverVolumeType: 'local', data: { device_path: '/dev/example' } };
export const exampleUpload = {
  imageId: '7a5d3d1c-4d0c-4d2f-9a55-0f6a2d6c1a02',
  imageName: 'uploaded',
  diskFormat: 'raw',
  containerFormat: 'bare',
  visibility: 'private',
  imageOwner: 'demo',
};

export const snapshotRequested = (snapshotId = exampleSnapshotId, sizeGib = exampleRequest.sizeGib): VolumeEvent => ({
  type: 'SnapshotRequested',
  data: {
    snapshotId,
    projectId: exampleRequest.projectId,
    userId: exampleRequest.userId,
    name: 'before the upgrade',
    description: null,
    metadata: {},
    sizeGib,
    force: false,
  },
});
export const snapshotCreated = (snapshotId = exampleSnapshotId): VolumeEvent => ({
  type: 'SnapshotCreated',
  data: { snapshotId },
});
export const attachmentReserved = (
  attachmentId = exampleAttachmentId,
  instanceId: string | null = exampleInstanceId,
): VolumeEvent => ({ type: 'VolumeAttachmentReserved', data: { attachmentId, instanceId, mode: 'rw' } });
export const connectRequested = (attachmentId = exampleAttachmentId): VolumeEvent => ({
  type: 'VolumeAttachmentConnectRequested',
  data: { attachmentId, connector: exampleConnector, mode: 'rw' },
});
export const connected = (attachmentId = exampleAttachmentId): VolumeEvent => ({
  type: 'VolumeAttachmentConnected',
  data: { attachmentId, connection: exampleConnection },
});
export const attachmentCompleted = (attachmentId = exampleAttachmentId): VolumeEvent => ({
  type: 'VolumeAttachmentCompleted',
  data: { attachmentId, instanceId: null, hostName: null, mountpoint: null },
});
export const disconnectRequested = (attachmentId = exampleAttachmentId, remove = true): VolumeEvent => ({
  type: 'VolumeAttachmentDisconnectRequested',
  data: { attachmentId, remove },
});
/** All that happens to an attachment until the client uses the volume. */
export const attached = (attachmentId = exampleAttachmentId, instanceId?: string | null): readonly VolumeEvent[] => [
  attachmentReserved(attachmentId, instanceId),
  connectRequested(attachmentId),
  connected(attachmentId),
  attachmentCompleted(attachmentId),
];
export const extensionRequested = (toGib = 20): VolumeEvent => ({
  type: 'VolumeExtensionRequested',
  data: { fromGib: exampleRequest.sizeGib, toGib },
});
export const transferCreated = (noSnapshots = false): VolumeEvent => ({
  type: 'VolumeTransferCreated',
  data: { transferId: exampleTransferId, name: null, salt: 'salt', keyHash: 'hash', noSnapshots },
});
export const statusReset = (status: string): VolumeEvent => ({ type: 'VolumeStatusReset', data: { status } });
