import { isRefusal, refuse } from '@hearth/kernel';
import { changedMetadata } from './metadata';
import type { Of, VolumeDecision } from './volume.commands';
import { isMigrating, workEnded, wrongStatus } from './volume.refusals';
import { metadataKeysMax, type ProvisionedVolume, type Snapshot, type Volume } from './volume.state';

/** As in Cinder; a deletion that failed may be asked for again besides. */
export const deletableSnapshots: ReadonlySet<string> = new Set(['available', 'error', 'error_deleting']);

/** Of a volume at rest, or in use if that is asked for. Any number of them may be made at once. */
export function createSnapshot({ snapshot, force }: Of<'CreateSnapshot'>, volume: ProvisionedVolume): VolumeDecision {
  const { snapshotId, existing, ...asked } = snapshot;
  const known = volume.snapshots.get(snapshotId);
  if (known) return known.projectId === asked.projectId ? [] : refuse('snapshot.exists', { snapshotId });
  const { label, details } = volume;
  if (isMigrating(volume) || (label !== 'available' && !(force && label === 'in-use'))) return wrongStatus(volume);
  if (Object.keys(asked.metadata).length > metadataKeysMax) {
    return refuse('snapshot.metadata_full', { max: metadataKeysMax });
  }
  const takenOver = existing ? { existing } : {};
  const data = { snapshotId, ...asked, sizeGib: details.sizeGib, force, ...takenOver };
  return [{ type: 'SnapshotRequested', data }];
}

export function recordSnapshotCreated(
  { snapshotId }: Of<'RecordSnapshotCreated'>,
  volume: ProvisionedVolume,
): VolumeDecision {
  const snapshot = volume.snapshots.get(snapshotId);
  if (snapshot?.work === 'create') return [{ type: 'SnapshotCreated', data: { snapshotId } }];
  return snapshot?.status === 'available' ? [] : workEnded(volume);
}

export function recordSnapshotFailure(
  { snapshotId, failure }: Of<'RecordSnapshotFailure'>,
  volume: ProvisionedVolume,
): VolumeDecision {
  const snapshot = volume.snapshots.get(snapshotId);
  if (snapshot?.work === 'create') return [{ type: 'SnapshotCreateFailed', data: { snapshotId, failure } }];
  return snapshot?.status === 'error' ? [] : workEnded(volume);
}

export function updateSnapshot(command: Of<'UpdateSnapshot'>, snapshot: Snapshot): VolumeDecision {
  const { snapshotId, name, description } = command;
  const data = {
    ...(name === undefined || name === snapshot.name ? {} : { name }),
    ...(description === undefined || description === snapshot.description ? {} : { description }),
  };
  return Object.keys(data).length > 0 ? [{ type: 'SnapshotUpdated', data: { snapshotId, ...data } }] : [];
}

export function changeSnapshotMetadata(
  { snapshotId, change }: Of<'ChangeSnapshotMetadata'>,
  snapshot: Snapshot,
): VolumeDecision {
  const changed = changedMetadata('snapshot', snapshot.metadata, change);
  if (isRefusal(changed)) return changed;
  if (changed.metadata === snapshot.metadata) return [];
  return [{ type: 'SnapshotMetadataSet', data: { snapshotId, metadata: { ...changed.metadata } } }];
}

/** An administrator's word; what the host owed for the snapshot is given up. */
export function resetSnapshotStatus(
  { snapshotId, status }: Of<'ResetSnapshotStatus'>,
  snapshot: Snapshot,
): VolumeDecision {
  if (snapshot.status === status && snapshot.work === undefined) return [];
  return [{ type: 'SnapshotStatusReset', data: { snapshotId, status } }];
}

/** One that the volume is being put back to cannot go, whoever asks. */
export function deleteSnapshot(
  { snapshotId, force }: Of<'DeleteSnapshot'>,
  snapshot: Snapshot,
  { work }: ProvisionedVolume,
): VolumeDecision {
  const { status } = snapshot;
  if (snapshot.work === 'delete') return [];
  const isNeeded = work?.do === 'revert' && work.snapshotId === snapshotId;
  if (isNeeded || !(force || deletableSnapshots.has(status))) return refuse('snapshot.wrong_status', { status });
  return [{ type: 'SnapshotDeletionRequested', data: { snapshotId } }];
}

export function unmanageSnapshot({ snapshotId }: Of<'UnmanageSnapshot'>, { status }: Snapshot): VolumeDecision {
  if (!deletableSnapshots.has(status)) return refuse('snapshot.wrong_status', { status });
  return [{ type: 'SnapshotUnmanaged', data: { snapshotId } }];
}

/** Also of a snapshot that goes with its volume. One that is not there any more is deleted already. */
export function recordSnapshotDeleted({ snapshotId }: Of<'RecordSnapshotDeleted'>, volume: Volume): VolumeDecision {
  if (volume.status === 'absent') return refuse('volume.not_found');
  const snapshot = 'snapshots' in volume ? volume.snapshots.get(snapshotId) : undefined;
  if (!snapshot) return [];
  return snapshot.work === 'delete' ? [{ type: 'SnapshotDeleted', data: { snapshotId } }] : workEnded(volume);
}

export function recordSnapshotDeletionFailure(
  { snapshotId, failure }: Of<'RecordSnapshotDeletionFailure'>,
  volume: ProvisionedVolume,
): VolumeDecision {
  const snapshot = volume.snapshots.get(snapshotId);
  if (snapshot?.work === 'delete') return [{ type: 'SnapshotDeletionFailed', data: { snapshotId, failure } }];
  return snapshot?.status === 'error_deleting' ? [] : workEnded(volume);
}
