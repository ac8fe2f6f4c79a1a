import type { ImageIdentity, VolumeSourceFacts } from '@hearth/contracts';
import { type PoolRef, assertNever } from '@hearth/kernel';
import type {
  Attachment,
  ProvisionedVolume,
  Snapshot,
  UploadFacts,
  Volume,
  VolumeDetails,
  VolumeRequest,
  VolumeWork,
} from './volume.state';

/** Where a step is done, and for what. */
interface OnPool {
  readonly pool: PoolRef;
  readonly request: VolumeRequest;
  readonly details: VolumeDetails;
}

/** What the host of a volume owes it. */
export type HostStep = OnPool &
  (
    | { readonly do: 'create-blank' }
    | { readonly do: 'create-from-image'; readonly image: ImageIdentity }
    | { readonly do: 'create-from-source'; readonly source: VolumeSourceFacts }
    /** `snapshots`: ids of those that go before the volume does. */
    | { readonly do: 'delete-from-pool'; readonly snapshots: readonly string[] }
    | { readonly do: 'connect'; readonly attachment: Attachment }
    | { readonly do: 'disconnect'; readonly attachment: Attachment }
    | { readonly do: 'create-snapshot'; readonly snapshot: Snapshot }
    | { readonly do: 'delete-snapshot'; readonly snapshot: Snapshot }
    | { readonly do: 'extend'; readonly toGib: number }
    | { readonly do: 'revert'; readonly snapshotId: string }
    | { readonly do: 'upload'; readonly upload: UploadFacts }
    | { readonly do: 'reimage'; readonly image: ImageIdentity }
    /** The upload was given up: if the image has no bytes by now, its record is to go. */
    | { readonly do: 'settle-upload'; readonly imageId: string }
  );

/** What the control plane owes a volume now. */
export type Step =
  | { readonly do: 'nothing' }
  | { readonly do: 'place'; readonly request: VolumeRequest; readonly tried: readonly PoolRef[] }
  | HostStep;

/**
 * All that is owed to a volume now, in the order in which it is to be done; empty when that is nothing. The only place where the
 * order of work is written: clients wait for attachments, and a snapshot is of the volume as it was before it is changed.
 */
export function owedSteps(volume: Volume): readonly Exclude<Step, { do: 'nothing' }>[] {
  switch (volume.status) {
    case 'requested':
      return [{ do: 'place', request: volume.request, tried: volume.tried }];
    case 'placed':
      return [createStep(volume)];
    case 'provisioned':
      return [...attachmentSteps(volume), ...snapshotSteps(volume), ...workSteps(volume), ...uploadEnds(volume)];
    case 'deleting':
      // A volume that is gone is owed nothing any more: what its uploads leave goes first.
      if (volume.unsettledUploads.length > 0) return uploadEnds(volume);
      return [{ do: 'delete-from-pool', ...onPool(volume), snapshots: [...volume.snapshots.keys()] }];
    case 'absent':
    case 'error':
    case 'error-deleting':
    case 'deleted':
      return [];
    default:
      return assertNever(volume);
  }
}

/** The first of what is owed to a volume. */
export function nextStep(volume: Volume): Step {
  return owedSteps(volume)[0] ?? { do: 'nothing' };
}

function onPool({ pool, request, details }: OnPool): OnPool {
  return { pool, request, details };
}

function createStep(volume: Extract<Volume, { status: 'placed' }>): HostStep {
  const { image, source } = volume.request;
  if (source) return { do: 'create-from-source', ...onPool(volume), source };
  return image ? { do: 'create-from-image', ...onPool(volume), image } : { do: 'create-blank', ...onPool(volume) };
}

function* attachmentSteps(volume: ProvisionedVolume): Iterable<HostStep> {
  for (const attachment of volume.attachments.values()) {
    if (attachment.status === 'connecting') yield { do: 'connect', ...onPool(volume), attachment };
    if (attachment.status === 'disconnecting') yield { do: 'disconnect', ...onPool(volume), attachment };
  }
}

function* snapshotSteps(volume: ProvisionedVolume): Iterable<HostStep> {
  for (const snapshot of volume.snapshots.values()) {
    if (snapshot.work === 'create') yield { do: 'create-snapshot', ...onPool(volume), snapshot };
    if (snapshot.work === 'delete') yield { do: 'delete-snapshot', ...onPool(volume), snapshot };
  }
}

function uploadEnds(volume: OnPool & { readonly unsettledUploads: readonly string[] }): readonly HostStep[] {
  return volume.unsettledUploads.map((imageId) => ({ do: 'settle-upload', ...onPool(volume), imageId }));
}

function workSteps(volume: ProvisionedVolume): readonly (OnPool & VolumeWork)[] {
  return volume.work ? [{ ...onPool(volume), ...volume.work }] : [];
}
