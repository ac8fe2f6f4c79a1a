import type { CreateDecision, VolumeEvent } from '@hearth/contracts';
import type { VolumeOwner } from '../facts/volume-owner';
import { ownerOf } from '../facts/volume-owner';
import type { DataOf } from './catalogue';
import type { FactContext, Notice } from './notice';

type Told = DataOf<'volume.create.start'>;

/**
 * What outsiders are told of an event of a volume; `owner` is what was known before it. One start for each create, however many
 * pools it is tried on, and one end or error.
 */
export function noticesOfVolume(
  volumeId: string,
  event: VolumeEvent,
  owner: VolumeOwner | undefined,
  fact: FactContext,
): readonly Notice[] {
  const known = event.type === 'VolumeRequested' ? ownerOf(event.data) : owner;
  if (!known) return [];
  const told = tellVolume(volumeId, known, fact);
  const notice = (type: Notice['type'], more: object = {}): Notice => ({
    type,
    subject: volumeId,
    data: { ...told, ...more },
  });
  switch (event.type) {
    case 'VolumeRequested':
      return [notice('volume.create.start')];
    case 'VolumeProvisioned': {
      const { pool: host, bootable, decision } = event.data;
      const end = notice('volume.create.end', { host, bootable, outcome: decision?.outcome ?? null });
      return decision?.outcome === 'bypass' ? [bypass({ ...told, host }, decision), end] : [end];
    }
    case 'VolumeCreateFailed':
    case 'VolumePlacementFailed': {
      const { code, reason } = event.data.failure;
      return [notice('volume.create.error', { error_code: code, reason })];
    }
    case 'VolumeDeletionRequested':
      return [notice('volume.delete.start', { user_id: event.data.userId })];
    case 'VolumeDeleted':
      return [notice('volume.delete.end')];
    case 'VolumeDownloadStarted':
      return [notice('volume.download.start', { host: event.data.pool })];
    default:
      return untold(event);
  }
}

/** Events that outsiders are told nothing of; one that is neither here nor told above does not compile. */
type Untold =
  | 'VolumePlaced'
  | 'VolumeRescheduled'
  | 'VolumeDeletionFailed'
  | 'VolumeUpdated'
  | 'VolumeMetadataSet'
  | 'VolumeImageMetadataSet'
  | 'VolumeBootableSet'
  | 'VolumeReadOnlySet'
  | 'VolumeStatusReset'
  | 'VolumeRetyped'
  | 'VolumeExtensionRequested'
  | 'VolumeExtended'
  | 'VolumeExtensionFailed'
  | 'VolumeRevertRequested'
  | 'VolumeReverted'
  | 'VolumeRevertFailed'
  | 'VolumeUploadRequested'
  | 'VolumeUploaded'
  | 'VolumeUploadFailed'
  | 'VolumeUploadSettled'
  | 'VolumeReimageRequested'
  | 'VolumeReimaged'
  | 'VolumeReimageFailed'
  | 'VolumeTransferCreated'
  | 'VolumeTransferAccepted'
  | 'VolumeTransferDeleted'
  | 'VolumeUnmanaged'
  | 'SnapshotRequested'
  | 'SnapshotCreated'
  | 'SnapshotCreateFailed'
  | 'SnapshotUpdated'
  | 'SnapshotMetadataSet'
  | 'SnapshotStatusReset'
  | 'SnapshotDeletionRequested'
  | 'SnapshotDeleted'
  | 'SnapshotDeletionFailed'
  | 'SnapshotUnmanaged'
  | 'VolumeAttachmentReserved'
  | 'VolumeAttachmentConnectRequested'
  | 'VolumeAttachmentConnected'
  | 'VolumeAttachmentConnectFailed'
  | 'VolumeAttachmentCompleted'
  | 'VolumeAttachmentDisconnectRequested'
  | 'VolumeAttachmentDisconnected'
  | 'VolumeAttachmentDisconnectFailed'
  | 'VolumeAttachmentRemoved'
  | 'VolumeReserved'
  | 'VolumeUnreserved'
  | 'VolumeDetachBegun'
  | 'VolumeDetachRolledBack';

function untold(_event: Extract<VolumeEvent, { type: Untold }>): readonly Notice[] {
  return [];
}

/** What every notice of a volume says. */
export function tellVolume(volumeId: string, owner: VolumeOwner, { requestId, occurredAt }: FactContext): Told {
  return {
    project_id: owner.projectId,
    user_id: owner.userId,
    volume_id: volumeId,
    size_gib: owner.sizeGib,
    volume_type: owner.volumeType,
    request_id: requestId,
    occurred_at: occurredAt,
    internal: false,
    name: owner.name,
    image_id: owner.imageId,
    host: owner.pool,
    availability_zone: owner.availabilityZone,
  };
}

/** The cache's own event for a create that did not use it: no pool's stream tells of it. */
function bypass({ name: _name, availability_zone: _zone, ...told }: Told, decision: CreateDecision): Notice {
  const { reason, strategy, bytesDownloaded, entry } = decision;
  return {
    type: 'image_volume_cache.bypass',
    subject: told.image_id ?? told.volume_id,
    data: {
      ...told,
      image_volume_id: entry?.imageVolumeId ?? null,
      generation: entry?.generation ?? null,
      reason,
      strategy,
      bytes_downloaded: bytesDownloaded,
    },
  };
}
