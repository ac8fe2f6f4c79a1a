import { assertNever } from '@hearth/kernel';
import type { CacheEntryRow } from '../tables/cache-entries.table';
import type { VolumeRow, VolumeStatus } from '../tables/volumes.table';

/** The volume row of a cache entry's image-volume: a function of the entry and of nothing else. */
export function imageVolumeAfter(entry: CacheEntryRow): VolumeRow {
  return {
    id: entry.imageVolumeId,
    projectId: entry.internalProjectId,
    userId: entry.internalUserId,
    name: `image-${entry.imageId}`,
    description: null,
    status: statusOf(entry),
    sizeGib: entry.sizeGib,
    extendingToGib: null,
    volumeTypeId: null,
    volumeTypeName: null,
    encryption: null,
    encryptionKeyId: null,
    snapshotId: null,
    sourceVolid: null,
    availabilityZone: null,
    host: entry.pool,
    bootable: false,
    readOnly: null,
    multiattach: false,
    attachStatus: 'detached',
    migrationStatus: null,
    attachments: [],
    held: null,
    snapshotIds: [],
    transfer: null,
    internal: true,
    metadata: {},
    imageMetadata: {},
    imageId: entry.imageId,
    failure: entry.failure,
    decision: null,
    placements: [],
    requestId: null,
    requestDigest: null,
    createdAt: entry.createdAt,
    updatedAt: entry.updatedAt,
    launchedAt: entry.readyAt,
    deletedAt: entry.reapedAt,
  };
}

function statusOf({ status }: CacheEntryRow): VolumeStatus {
  switch (status) {
    case 'filling':
      return 'creating';
    case 'ready':
      return 'available';
    case 'retired':
      return 'deleting';
    case 'reaped':
      return 'deleted';
    default:
      return assertNever(status);
  }
}
