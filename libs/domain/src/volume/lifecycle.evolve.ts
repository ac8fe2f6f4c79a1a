import type { PoolRef } from '@hearth/kernel';
import type {
  Attachment,
  Evolutions,
  LiveVolume,
  ProvisionedVolume,
  Snapshot,
  Volume,
  VolumeDetails,
  VolumeRequest,
} from './volume.state';
import { OrderedMap } from './ordered-map';
import { labelOf } from './volume.label';
import { isMultiattach } from './volume-type.rules';

const noAttachments: ReadonlyMap<string, Attachment> = new Map();
const noSnapshots = OrderedMap.of<Snapshot>();

export function detailsOf(request: VolumeRequest): VolumeDetails {
  const { projectId, userId, name, description, sizeGib, volumeType, metadata, multiattach, inherited } = request;
  return {
    projectId,
    userId,
    name,
    description,
    sizeGib,
    volumeType,
    metadata,
    imageMetadata: inherited?.imageMetadata ?? {},
    bootable: inherited?.bootable ?? false,
    readOnly: null,
    multiattach: multiattach ?? false,
  };
}

function withDetails(volume: LiveVolume, change: Partial<VolumeDetails>): LiveVolume {
  return { ...volume, details: { ...volume.details, ...change } };
}

/** What is said of a volume on a pool once the create is behind it; undefined for one that has no pool. */
function asProvisioned(volume: LiveVolume): ProvisionedVolume | undefined {
  if (volume.status === 'provisioned') return volume;
  if (volume.status === 'requested' || volume.pool === undefined) return undefined;
  const { request, details, pool, availabilityZone } = volume;
  return {
    status: 'provisioned',
    request,
    details,
    pool,
    availabilityZone,
    decision: 'decision' in volume ? volume.decision : null,
    label: labelOf(volume),
    work: undefined,
    attachments: noAttachments,
    snapshots: 'snapshots' in volume ? volume.snapshots : noSnapshots,
    transfer: undefined,
    held: undefined,
    attachStatus: undefined,
    migrationStatus: null,
    unsettledUploads: 'unsettledUploads' in volume ? volume.unsettledUploads : [],
  };
}

/** A snapshot that was to be restored is as it was; the record of an image that was to get the volume's bytes is left to be seen to. */
function withoutWork(volume: ProvisionedVolume): ProvisionedVolume {
  const { work, snapshots } = volume;
  const unsettledUploads = unsettledIn(volume);
  const snapshot = work?.do === 'revert' ? snapshots.get(work.snapshotId) : undefined;
  if (snapshot?.status !== 'restoring') return { ...volume, work: undefined, unsettledUploads };
  return {
    ...volume,
    work: undefined,
    unsettledUploads,
    snapshots: snapshots.with(snapshot.id, { ...snapshot, status: 'available' }),
  };
}

/** The uploads that are left to be seen to when the volume's work is given up. */
function unsettledIn({ work, unsettledUploads }: ProvisionedVolume): readonly string[] {
  return work?.do === 'upload' ? [...unsettledUploads, work.upload.imageId] : unsettledUploads;
}

export const lifecycleEvolutions: Evolutions<
  | 'VolumePlaced'
  | 'VolumePlacementFailed'
  | 'VolumeRescheduled'
  | 'VolumeDownloadStarted'
  | 'VolumeProvisioned'
  | 'VolumeCreateFailed'
  | 'VolumeDeletionRequested'
  | 'VolumeDeletionFailed'
  | 'VolumeDeleted'
  | 'VolumeUnmanaged'
  | 'VolumeStatusReset'
  | 'VolumeUpdated'
  | 'VolumeMetadataSet'
  | 'VolumeImageMetadataSet'
  | 'VolumeBootableSet'
  | 'VolumeReadOnlySet'
  | 'VolumeRetyped'
> = {
  VolumePlaced(volume, { pool, availabilityZone }) {
    if (volume.status !== 'requested') return volume;
    const { request, details, tried } = volume;
    return { status: 'placed', request, details, tried, pool, availabilityZone, downloading: false };
  },
  VolumePlacementFailed(volume, { failure }) {
    if (volume.status !== 'requested') return volume;
    const { request, details } = volume;
    return { status: 'error', request, details, pool: undefined, availabilityZone: undefined, failure };
  },
  VolumeRescheduled(volume, { pool, failure }) {
    if (!isPlacedOn(volume, pool)) return volume;
    const { request, details, tried } = volume;
    return { status: 'requested', request, details, tried: [...tried, pool], lastFailure: failure };
  },
  VolumeDownloadStarted: (volume, { pool }) => (isPlacedOn(volume, pool) ? { ...volume, downloading: true } : volume),
  VolumeProvisioned(volume, { pool, bootable, imageMetadata, decision, sizeGib }) {
    const made = isPlacedOn(volume, pool) ? asProvisioned(volume) : undefined;
    if (!made) return volume;
    const details = { ...made.details, bootable, imageMetadata, sizeGib: sizeGib ?? made.details.sizeGib };
    return { ...made, details, decision, label: 'available' };
  },
  VolumeCreateFailed(volume, { failure }) {
    if (volume.status !== 'placed') return volume;
    const { request, details, pool, availabilityZone } = volume;
    return { status: 'error', request, details, pool, availabilityZone, failure };
  },
  VolumeDeletionRequested(volume) {
    const known = asProvisioned(volume);
    if (!known) return volume;
    const { request, details, pool, availabilityZone, decision } = known;
    const snapshots = known.snapshots.mapValues((one) => ({ ...one, status: 'deleting', work: 'delete' }));
    const unsettledUploads = unsettledIn(known);
    return { status: 'deleting', request, details, pool, availabilityZone, decision, snapshots, unsettledUploads };
  },
  VolumeDeletionFailed(volume, { failure }) {
    if (volume.status !== 'deleting') return volume;
    const snapshots = volume.snapshots.mapValues((one) =>
      one.work === 'delete' ? { ...one, status: 'error_deleting', work: undefined } : one,
    );
    return { ...volume, status: 'error-deleting', snapshots, failure };
  },
  VolumeDeleted: gone,
  VolumeUnmanaged: gone,
  VolumeStatusReset(volume, { status, attachStatus, migrationStatus }) {
    const known = asProvisioned(volume);
    if (!known) return volume;
    const reset = status === undefined ? known : { ...withoutWork(known), label: status, held: undefined };
    return {
      ...reset,
      attachStatus: attachStatus ?? reset.attachStatus,
      migrationStatus: migrationStatus === undefined ? reset.migrationStatus : migrationStatus,
    };
  },
  VolumeUpdated(volume, { name, description }) {
    const { details } = volume;
    return withDetails(volume, {
      name: name === undefined ? details.name : name,
      description: description === undefined ? details.description : description,
    });
  },
  VolumeMetadataSet: (volume, { metadata }) => withDetails(volume, { metadata }),
  VolumeImageMetadataSet: (volume, { imageMetadata }) => withDetails(volume, { imageMetadata }),
  VolumeBootableSet: (volume, { bootable }) => withDetails(volume, { bootable }),
  VolumeReadOnlySet: (volume, { readOnly }) => withDetails(volume, { readOnly }),
  VolumeRetyped: (volume, { volumeType }) =>
    withDetails(volume, { volumeType, multiattach: isMultiattach(volumeType) }),
};

function gone({ request, details }: LiveVolume): Volume {
  return { status: 'deleted', request, details };
}

/** What a host says of a pool on which the volume is not says nothing: every host may write about every volume. */
function isPlacedOn(volume: LiveVolume, pool: PoolRef): volume is Extract<LiveVolume, { readonly status: 'placed' }> {
  return volume.status === 'placed' && volume.pool === pool;
}
