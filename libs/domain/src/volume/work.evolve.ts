import { settled } from './volume.label';
import type { Evolutions, LiveVolume, ProvisionedVolume, Volume, VolumeWork } from './volume.state';

function begun(volume: LiveVolume, work: VolumeWork, label: string): Volume {
  return volume.status === 'provisioned' ? { ...volume, work, label } : volume;
}

/** The volume without the work, as far as it is owed that; its label is what the attachments say unless told. */
function ended(
  volume: LiveVolume,
  what: VolumeWork['do'],
  change: (before: ProvisionedVolume, work: VolumeWork) => ProvisionedVolume = (before) => before,
  label?: string,
): Volume {
  if (volume.status !== 'provisioned' || volume.work?.do !== what) return volume;
  const after = { ...change(volume, volume.work), work: undefined };
  return label === undefined ? settled(after) : { ...after, label };
}

/** What is begun anew, or was seen to, is not left to be seen to. */
function withoutUnsettled<V extends LiveVolume>(volume: V, imageId: string): V {
  if (!('unsettledUploads' in volume) || !volume.unsettledUploads.includes(imageId)) return volume;
  return { ...volume, unsettledUploads: volume.unsettledUploads.filter((id) => id !== imageId) };
}

function withSnapshotStatus(volume: ProvisionedVolume, snapshotId: string, status: string): ProvisionedVolume {
  const snapshot = volume.snapshots.get(snapshotId);
  if (!snapshot) return volume;
  return { ...volume, snapshots: volume.snapshots.with(snapshotId, { ...snapshot, status }) };
}

/** What a host does to the whole volume, and transfers: nothing else is done to it meanwhile. */
export const workEvolutions: Evolutions<
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
> = {
  VolumeExtensionRequested: (volume, { toGib }) => begun(volume, { do: 'extend', toGib }, 'extending'),
  VolumeExtended: (volume, { toGib }) =>
    ended(volume, 'extend', (before) => ({ ...before, details: { ...before.details, sizeGib: toGib } })),
  VolumeExtensionFailed: (volume) => ended(volume, 'extend', undefined, 'error_extending'),

  VolumeRevertRequested(volume, { snapshotId }) {
    if (volume.status !== 'provisioned') return volume;
    return begun(withSnapshotStatus(volume, snapshotId, 'restoring'), { do: 'revert', snapshotId }, 'reverting');
  },
  VolumeReverted: (volume, { snapshotId }) =>
    ended(volume, 'revert', (before) => withSnapshotStatus(before, snapshotId, 'available')),
  VolumeRevertFailed: (volume, { snapshotId }) =>
    ended(volume, 'revert', (before) => withSnapshotStatus(before, snapshotId, 'available'), 'error'),

  VolumeUploadRequested: (volume, upload) =>
    begun(withoutUnsettled(volume, upload.imageId), { do: 'upload', upload }, 'uploading'),
  VolumeUploaded: (volume) => ended(volume, 'upload'),
  VolumeUploadFailed: (volume) => ended(volume, 'upload'),
  VolumeUploadSettled: (volume, { imageId }) => withoutUnsettled(volume, imageId),

  VolumeReimageRequested: (volume, { image }) => begun(volume, { do: 'reimage', image }, 'downloading'),
  VolumeReimaged: (volume, { imageMetadata, decision }) =>
    ended(volume, 'reimage', (before) => ({
      ...before,
      decision,
      details: { ...before.details, imageMetadata, bootable: true },
    })),
  VolumeReimageFailed: (volume) => ended(volume, 'reimage', undefined, 'error'),

  VolumeTransferCreated(volume, { transferId, name, salt, keyHash, noSnapshots }) {
    if (volume.status !== 'provisioned') return volume;
    return { ...volume, transfer: { id: transferId, name, salt, keyHash, noSnapshots }, label: 'awaiting-transfer' };
  },
  VolumeTransferAccepted(volume, { projectId, userId }) {
    if (volume.status !== 'provisioned' || !volume.transfer) return volume;
    const { transfer, snapshots } = volume;
    return settled({
      ...volume,
      transfer: undefined,
      details: { ...volume.details, projectId, userId },
      snapshots: transfer.noSnapshots ? snapshots : snapshots.mapValues((one) => ({ ...one, projectId, userId })),
    });
  },
  VolumeTransferDeleted: (volume) =>
    volume.status === 'provisioned' && volume.transfer ? settled({ ...volume, transfer: undefined }) : volume,
};
