import type { Attachment, Volume } from '@hearth/domain';
import type { SnapshotRef } from '@hearth/driver-api';
import type { VolumeId } from '@hearth/kernel';
import { type Pool, objectOf } from '../pools/pool';

/** The backend's snapshot is named after ours, so that doing a step twice is harmless. */
export function snapshotOf(pool: Pick<Pool, 'ref'>, volumeId: VolumeId, snapshotId: string): SnapshotRef {
  return { object: objectOf(pool, volumeId), name: `snapshot-${snapshotId}` };
}

/**
 * A snapshot that is taken of a volume in use to read it, and is gone afterwards. A volume has one at a time, of one name: what a
 * process that died has left of it is found.
 */
export function passingSnapshotOf(pool: Pick<Pool, 'ref'>, volumeId: VolumeId): SnapshotRef {
  return snapshotOf(pool, volumeId, volumeId);
}

const connectedStatuses: readonly Attachment['status'][] = [
  'connecting',
  'connected',
  'attached',
  'disconnecting',
  'error_detaching',
];

/** Attachments by which somebody may be using the volume now. */
export function connectedTo(volume: Volume): readonly Attachment[] {
  if (volume.status !== 'provisioned') return [];
  return [...volume.attachments.values()].filter(({ status }) => connectedStatuses.includes(status));
}
