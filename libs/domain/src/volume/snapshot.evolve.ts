import type { Evolutions, LiveVolume, Snapshot } from './volume.state';

/** The volume with a snapshot changed, or without it where it is `undefined` afterwards. */
function changed(volume: LiveVolume, id: string, change: (before: Snapshot) => Snapshot | undefined): LiveVolume {
  if (!('snapshots' in volume)) return volume;
  const before = volume.snapshots.get(id);
  if (!before) return volume;
  const after = change(before);
  return { ...volume, snapshots: after ? volume.snapshots.with(id, after) : volume.snapshots.without(id) };
}

export const snapshotEvolutions: Evolutions<
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
> = {
  SnapshotRequested(volume, { snapshotId: id, force: _force, existing, ...asked }) {
    if (volume.status !== 'provisioned' || volume.snapshots.has(id)) return volume;
    const snapshot: Snapshot = { id, ...asked, existing, status: 'creating', work: 'create' };
    return { ...volume, snapshots: volume.snapshots.with(id, snapshot) };
  },
  SnapshotCreated: (volume, { snapshotId }) =>
    changed(volume, snapshotId, (before) => ({ ...before, status: 'available', work: undefined })),
  SnapshotCreateFailed: (volume, { snapshotId }) =>
    changed(volume, snapshotId, (before) => ({ ...before, status: 'error', work: undefined })),
  SnapshotUpdated: (volume, { snapshotId, name, description }) =>
    changed(volume, snapshotId, (before) => ({
      ...before,
      name: name === undefined ? before.name : name,
      description: description === undefined ? before.description : description,
    })),
  SnapshotMetadataSet: (volume, { snapshotId, metadata }) =>
    changed(volume, snapshotId, (before) => ({ ...before, metadata })),
  SnapshotStatusReset: (volume, { snapshotId, status }) =>
    changed(volume, snapshotId, (before) => ({ ...before, status, work: undefined })),
  SnapshotDeletionRequested: (volume, { snapshotId }) =>
    changed(volume, snapshotId, (before) => ({ ...before, status: 'deleting', work: 'delete' })),
  SnapshotDeleted: (volume, { snapshotId }) => changed(volume, snapshotId, () => undefined),
  SnapshotDeletionFailed: (volume, { snapshotId }) =>
    changed(volume, snapshotId, (before) => ({ ...before, status: 'error_deleting', work: undefined })),
  SnapshotUnmanaged: (volume, { snapshotId }) => changed(volume, snapshotId, () => undefined),
};
