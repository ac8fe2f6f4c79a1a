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
  switch (event.type) {
    case 'VolumePlaced':
      return [{ target: { kind: 'volume', id }, pool: event.data.pool }];
    case 'VolumeDeletionRequested':
      return [{ target: { kind: 'volume', id }, pool: undefined }];
    // The first two are placed by the scheduler itself; the others were said by the host that would be woken, or end all work.
    case 'VolumeRequested':
    case 'VolumeRescheduled':
    case 'VolumePlacementFailed':
    case 'VolumeDownloadStarted':
    case 'VolumeProvisioned':
    case 'VolumeCreateFailed':
    case 'VolumeDeleted':
    case 'VolumeDeletionFailed':
      return [];
    default:
      return assertNever(event);
  }
}

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
    case 'fill-started':
    case 'fill-sized':
    case 'joined':
    case 'identified':
    case 'create':
    case 'leased':
    case 'verified':
    case 'verify-failed':
    case 'reaped':
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
