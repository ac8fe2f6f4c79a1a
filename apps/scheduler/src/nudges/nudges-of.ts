import type { ImageCacheEvent, NudgeTarget, ServiceEvent, VolumeEvent } from '@hearth/contracts';
import type { Commit } from '@hearth/event-sourcing';
import { assertNever, type Generation, type PoolRef } from '@hearth/kernel';

/** Somebody who is to be woken because of a commit. */
export interface OwedNudge {
  readonly target: NudgeTarget;
  /** The pool whose host is woken; undefined where the commit does not say: the pool the volume is on. */
  readonly pool: PoolRef | undefined;
  /** Only if this entry of the pool is retired and nothing uses its image-volume any more. */
  readonly ifReapable?: Generation;
}

/**
 * Whom a commit owes a nudge, each target once, in the order of its events. The host that wrote a fact has no need to be woken by
 * it; it is woken by what others decided, and by what makes work of its own due.
 */
export function nudgesOf(commit: Commit): readonly OwedNudge[] {
  const { category, id } = commit.stream;
  switch (category) {
    case 'volume':
      return onceEach(nudgesOfVolume(id, commit.events as readonly VolumeEvent[]));
    case 'image-cache':
      return onceEach((commit.events as readonly ImageCacheEvent[]).flatMap((event) => nudgesOfCache(id, event)));
    case 'cache-policy':
      return [];
    case 'service':
      return (commit.events as readonly ServiceEvent[]).flatMap(nudgesOfService);
    default:
      return assertNever(category);
  }
}

/** A volume that was deleted in the same decision owes nothing any more. */
function nudgesOfVolume(id: string, events: readonly VolumeEvent[]): OwedNudge[] {
  if (events.some(({ type }) => type === 'VolumeDeleted')) return [];
  return events.flatMap((event) => nudgesOfVolumeEvent(id, event));
}

function nudgesOfVolumeEvent(id: string, event: VolumeEvent): OwedNudge[] {
  if (event.type === 'VolumePlaced') return [{ target: { kind: 'volume', id }, pool: event.data.pool }];
  return owesItsHost[event.type] ? [{ target: { kind: 'volume', id }, pool: undefined }] : [];
}

/**
 * Whether the host of the volume owes something because of an event: all that was asked of it. The rest was said by the host itself,
 * is nothing of its business, or is placed by the scheduler.
 */
const owesItsHost: Readonly<Record<Exclude<VolumeEvent['type'], 'VolumePlaced'>, boolean>> = {
  VolumeRequested: false,
  VolumeRescheduled: false,
  VolumePlacementFailed: false,
  VolumeDownloadStarted: false,
  VolumeProvisioned: false,
  VolumeCreateFailed: false,
  VolumeDeletionRequested: true,
  VolumeDeleted: false,
  VolumeDeletionFailed: false,
  VolumeUpdated: false,
  VolumeMetadataSet: false,
  VolumeImageMetadataSet: false,
  VolumeBootableSet: false,
  VolumeReadOnlySet: false,
  // An upload that is given up leaves an image's record.
  VolumeStatusReset: true,
  VolumeRetyped: false,
  VolumeExtensionRequested: true,
  VolumeExtended: false,
  VolumeExtensionFailed: false,
  VolumeRevertRequested: true,
  VolumeReverted: false,
  VolumeRevertFailed: false,
  VolumeUploadRequested: true,
  VolumeUploaded: false,
  VolumeUploadFailed: false,
  VolumeUploadSettled: false,
  VolumeReimageRequested: true,
  VolumeReimaged: false,
  VolumeReimageFailed: false,
  VolumeTransferCreated: false,
  VolumeTransferAccepted: false,
  VolumeTransferDeleted: false,
  VolumeUnmanaged: false,
  SnapshotRequested: true,
  SnapshotCreated: false,
  SnapshotCreateFailed: false,
  SnapshotUpdated: false,
  SnapshotMetadataSet: false,
  SnapshotStatusReset: false,
  SnapshotDeletionRequested: true,
  SnapshotDeleted: false,
  SnapshotDeletionFailed: false,
  SnapshotUnmanaged: false,
  VolumeAttachmentReserved: false,
  VolumeAttachmentConnectRequested: true,
  VolumeAttachmentConnected: false,
  VolumeAttachmentConnectFailed: false,
  VolumeAttachmentCompleted: false,
  VolumeAttachmentDisconnectRequested: true,
  VolumeAttachmentDisconnected: false,
  VolumeAttachmentDisconnectFailed: false,
  VolumeAttachmentRemoved: false,
  VolumeReserved: false,
  VolumeUnreserved: false,
  VolumeDetachBegun: false,
  VolumeDetachRolledBack: false,
};

function nudgesOfCache(poolId: string, event: ImageCacheEvent): OwedNudge[] {
  const pool = poolId as PoolRef;
  const target = { kind: 'pool', id: poolId } as const;
  switch (event.type) {
    case 'released':
      return event.data.volumeIds.map((id) => ({ target: { kind: 'volume', id }, pool }));
    case 'evict':
    case 'fill-failed':
      return [{ target, pool, ifReapable: event.data.generation }];
    case 'lease-ended':
    case 'hit':
    case 'miss':
      return [{ target, pool, ifReapable: event.data.generation }];
    case 'switched-off':
    case 'prefetch-requested':
    case 'prefetch-cancelled':
      return [{ target, pool }];
    case 'fill-started':
    case 'fill-sized':
    case 'joined':
    case 'identified':
    case 'create':
    case 'leased':
    case 'verified':
    case 'verify-failed':
    case 'reaped':
    case 'suspended':
    case 'resumed':
    case 'pinned':
    case 'unpinned':
    case 'switched-on':
    case 'asked':
    case 'prefetch-ended':
    case 'dependants-counted':
    case 'size-corrected':
    case 'orphan-removed':
      return [];
    default:
      return assertNever(event);
  }
}

/** A backend is told of its own settings by its configuration; whether it is enabled matters to placement alone. */
function nudgesOfService(event: ServiceEvent): OwedNudge[] {
  switch (event.type) {
    case 'ServiceEnabled':
    case 'ServiceDisabled':
    case 'CacheSettingsReported':
      return [];
    default:
      return assertNever(event);
  }
}

function onceEach(nudges: readonly OwedNudge[]): readonly OwedNudge[] {
  if (nudges.length < 2) return nudges;
  const keyOf = ({ target, ifReapable }: OwedNudge) => `${target.kind}/${target.id}/${ifReapable ?? ''}`;
  return [...new Map(nudges.map((nudge) => [keyOf(nudge), nudge])).values()];
}
