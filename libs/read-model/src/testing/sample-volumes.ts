import type { CreateDecision, VolumeEvent } from '@hearth/contracts';
import type { Generation, PoolRef, ProjectId, UserId } from '@hearth/kernel';
import {
  attachmentId,
  type DataOf,
  failure,
  imageId,
  imageVolumeId,
  poolA,
  poolB,
  serverId,
  snapshotId,
  transferId,
  volumeId,
  volumeType,
} from './sample-things';

// What happens to volumes, and to their snapshots, attachments and transfers.

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
