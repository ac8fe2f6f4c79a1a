import { refuse } from '@hearth/kernel';
import type { Of, VolumeDecision } from './volume.commands';
import { workEnded, wrongStatus } from './volume.refusals';
import type { ProvisionedVolume, Snapshot, Volume } from './volume.state';

/** The status is looked at before the size (Cinder). */
export function extend({ toGib, inUse }: Of<'Extend'>, volume: ProvisionedVolume): VolumeDecision {
  const { label, details } = volume;
  if (label !== 'available' && !(inUse && label === 'in-use')) return wrongStatus(volume);
  const { sizeGib: fromGib } = details;
  if (toGib <= fromGib) return refuse('volume.not_larger', { sizeGib: fromGib, toGib });
  return [{ type: 'VolumeExtensionRequested', data: { fromGib, toGib } }];
}

export function recordExtended({ toGib }: Of<'RecordExtended'>, volume: ProvisionedVolume): VolumeDecision {
  const { work, details } = volume;
  if (work?.do === 'extend' && work.toGib === toGib) return [{ type: 'VolumeExtended', data: { toGib } }];
  return details.sizeGib === toGib ? [] : workEnded(volume);
}

export function recordExtensionFailure(
  { toGib, failure }: Of<'RecordExtensionFailure'>,
  volume: ProvisionedVolume,
): VolumeDecision {
  const { work } = volume;
  if (work?.do === 'extend' && work.toGib === toGib) return [{ type: 'VolumeExtensionFailed', data: { failure } }];
  return volume.label === 'error_extending' ? [] : workEnded(volume);
}

/** Back to the latest snapshot, and only where the volume has not grown since (Cinder). */
export function revert({ snapshotId }: Of<'Revert'>, volume: ProvisionedVolume): VolumeDecision {
  const snapshot = volume.snapshots.get(snapshotId);
  if (!snapshot) return refuse('snapshot.not_found');
  const latest = [...volume.snapshots.keys()].at(-1);
  if (latest !== snapshotId) return refuse('snapshot.not_latest', { latest: latest ?? null });
  if (volume.label !== 'available') return wrongStatus(volume);
  return refusedToRestore(snapshot, volume) ?? [{ type: 'VolumeRevertRequested', data: { snapshotId } }];
}

function refusedToRestore(snapshot: Snapshot, { details }: ProvisionedVolume): VolumeDecision | undefined {
  const { status, sizeGib } = snapshot;
  if (status !== 'available') return refuse('snapshot.wrong_status', { status });
  if (sizeGib === details.sizeGib) return undefined;
  return refuse('snapshot.size_differs', { sizeGib, volumeSizeGib: details.sizeGib });
}

export function recordReverted({ snapshotId }: Of<'RecordReverted'>, volume: ProvisionedVolume): VolumeDecision {
  return isReverting(volume, snapshotId) ? [{ type: 'VolumeReverted', data: { snapshotId } }] : workEnded(volume);
}

export function recordRevertFailure(
  { snapshotId, failure }: Of<'RecordRevertFailure'>,
  volume: ProvisionedVolume,
): VolumeDecision {
  return isReverting(volume, snapshotId)
    ? [{ type: 'VolumeRevertFailed', data: { snapshotId, failure } }]
    : workEnded(volume);
}

function isReverting({ work }: ProvisionedVolume, snapshotId: string): boolean {
  return work?.do === 'revert' && work.snapshotId === snapshotId;
}

export function upload(command: Of<'Upload'>, volume: ProvisionedVolume): VolumeDecision {
  const { label } = volume;
  if (label !== 'available' && !(command.force && label === 'in-use')) return wrongStatus(volume);
  return [{ type: 'VolumeUploadRequested', data: command.upload }];
}

export function recordUploaded(command: Of<'RecordUploaded'>, volume: ProvisionedVolume): VolumeDecision {
  const { do: _do, ...data } = command;
  return isUploading(volume, data.imageId) ? [{ type: 'VolumeUploaded', data }] : workEnded(volume);
}

export function recordUploadFailure(
  { imageId, failure }: Of<'RecordUploadFailure'>,
  volume: ProvisionedVolume,
): VolumeDecision {
  return isUploading(volume, imageId)
    ? [{ type: 'VolumeUploadFailed', data: { imageId, failure } }]
    : workEnded(volume);
}

/** Also of a volume that is being deleted: it waits for this. */
export function recordUploadSettled({ imageId }: Of<'RecordUploadSettled'>, volume: Volume): VolumeDecision {
  if (volume.status === 'absent') return refuse('volume.not_found');
  const isUnsettled = 'unsettledUploads' in volume && volume.unsettledUploads.includes(imageId);
  return isUnsettled ? [{ type: 'VolumeUploadSettled', data: { imageId } }] : [];
}

function isUploading({ work }: ProvisionedVolume, imageId: string): boolean {
  return work?.do === 'upload' && work.upload.imageId === imageId;
}

/** Not of a volume that anybody could be reading: a reservation is the most there may be, and only where that was said. */
export function reimage({ image, reserved }: Of<'Reimage'>, volume: ProvisionedVolume): VolumeDecision {
  const { label, attachments } = volume;
  const allowed = ['available', 'error', ...(reserved ? ['reserved'] : [])];
  if (!allowed.includes(label)) return wrongStatus(volume);
  const isConnected = [...attachments.values()].some(
    ({ status }) => status !== 'reserved' && status !== 'error_attaching',
  );
  if (isConnected) return refuse('volume.is_attached', { status: label });
  return [{ type: 'VolumeReimageRequested', data: { image } }];
}

export function recordReimaged(
  { imageId, imageMetadata, decision }: Of<'RecordReimaged'>,
  volume: ProvisionedVolume,
): VolumeDecision {
  return isReimaging(volume, imageId)
    ? [{ type: 'VolumeReimaged', data: { imageMetadata, decision } }]
    : workEnded(volume);
}

export function recordReimageFailure(
  { imageId, failure }: Of<'RecordReimageFailure'>,
  volume: ProvisionedVolume,
): VolumeDecision {
  return isReimaging(volume, imageId) ? [{ type: 'VolumeReimageFailed', data: { failure } }] : workEnded(volume);
}

function isReimaging({ work }: ProvisionedVolume, imageId: string): boolean {
  return work?.do === 'reimage' && work.image.id === imageId;
}
