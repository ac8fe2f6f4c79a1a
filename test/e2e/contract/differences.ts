/** Why one answer is another than the recorded one, and all that is different in it, as `differencesBetween` says it. */
export interface Difference {
  readonly reason: string;
  readonly seen: readonly string[];
}

const sharedTargets: Difference = {
  reason:
    'Cinder says true until the backend has told that it is not so; no client reads it of a volume that is being made. Here it never is.',
  seen: ['.volume.shared_targets is false instead of the value true'],
};

const unlimited = 'The recorded cloud was configured without limits by default; Hearth is replayed as it is shipped.';

/**
 * The steps at which Hearth answers otherwise than the recorded Cinder on purpose. A step that is listed and differs in less, or in
 * anything else, fails the test as one that differs and is not listed.
 */
export const differences: Readonly<Record<string, Difference>> = {
  '010-volume-create-blank': sharedTargets,
  '013-volume-create-from-image-hit': sharedTargets,
  '014-volume-create-from-image-hit-larger': sharedTargets,
  '068-volume-from-snapshot.3': sharedTargets,
  '069-volume-from-volume.3': sharedTargets,
  '018-cache-entry-volume-as-admin': {
    reason:
      'In Cinder the first volume of an image is copied into the cache, as a volume of its type and zone; here the cache is filled ' +
      'first, and its copies belong to a pool.',
    seen: [
      '.volume.availability_zone is null instead of string',
      '.volume.volume_type is null instead of string',
      '.volume.source_volid is null instead of string',
      '.volume.volume_type_id is null instead of string',
    ],
  },
  '021-volume-list-all-projects': {
    reason: 'The copy in the cache is among them, see 018.',
    seen: [
      '.volumes[].availability_zone is null instead of string',
      '.volumes[].volume_type is null instead of string',
      '.volumes[].volume_type_id is null instead of string',
    ],
  },
  '044-volume-unset-property.3': {
    reason: 'Cinder calls JSON text/html where a request names no type of content; it is called JSON here.',
    seen: ['header Content-Type is application/json; charset=utf-8 instead of text/html; charset=UTF-8'],
  },
  '073-snapshot-get-404': {
    reason: 'The recorded backend could not delete the snapshot while a clone of it was there; it is deleted here.',
    seen: ['status 404 instead of 200'],
  },
  '086-quota-get-usage': {
    reason: unlimited,
    seen: [
      '.quota_set.volumes.limit is 10 instead of the value -1',
      '.quota_set.snapshots.limit is 10 instead of the value -1',
      '.quota_set.gigabytes.limit is 1000 instead of the value -1',
    ],
  },
  '087-quota-defaults': {
    reason: unlimited,
    seen: [
      '.quota_set.volumes is 10 instead of the value -1',
      '.quota_set.snapshots is 10 instead of the value -1',
      '.quota_set.gigabytes is 1000 instead of the value -1',
    ],
  },
  '088-quota-set': { reason: unlimited, seen: ['.quota_set.snapshots is 10 instead of the value -1'] },
  '094-capabilities': {
    reason: 'What the properties of pools mean is said in words of our own.',
    seen: [
      '.properties.thin_provisioning.description is "Space is taken when it is written." instead of the value "Sets thin provisioning."',
      '.properties.compression.description is "Data is compressed; not here." instead of the value "Enables compression."',
      '.properties.qos.description is "QoS specs are passed on to who connects a volume." instead of the value "Enables QoS."',
      '.properties.replication_enabled.description is "Volumes are replicated; not here." instead of the value "Enables replication."',
    ],
  },
  '096-limits': {
    reason: `${unlimited} The snapshot of 073 counts there still.`,
    seen: [
      '.limits.absolute.maxTotalVolumes is 10 instead of the value -1',
      '.limits.absolute.maxTotalSnapshots is 10 instead of the value -1',
      '.limits.absolute.maxTotalVolumeGigabytes is 1000 instead of the value -1',
      '.limits.absolute.totalGigabytesUsed is 9 instead of the value 11',
      '.limits.absolute.totalSnapshotsUsed is 0 instead of the value 1',
    ],
  },
  '099-log-levels': {
    reason: 'Log levels are configuration of each app (HEARTH_LOG_LEVEL); the API cannot read or set them.',
    seen: [
      'status 404 instead of 200',
      'no header x-compute-request-id',
      'no header OpenStack-API-Version',
      'no header Vary',
    ],
  },
  '102-quota-set-2': { reason: unlimited, seen: ['.quota_set.snapshots is 10 instead of the value -1'] },
  '124-attachment-delete-as-user': {
    reason:
      'Cinder fails with 500 where it cannot ask a compute service; a clear refusal (409) is what its documentation promises.',
    seen: ['status 409 instead of 500'],
  },
  '177-volume-get-while-deleting-or-404': {
    reason: 'The volume is gone by then: the recorded backend took a second to remove it.',
    seen: ['status 404 instead of 200'],
  },
};
