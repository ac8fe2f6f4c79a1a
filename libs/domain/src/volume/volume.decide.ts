import type { CreateDecision, Failure, RefusalCode, VolumeEvent } from '@hearth/contracts';
import { type Decider, type Decision, type PoolRef, type UserId, assertNever, refuse } from '@hearth/kernel';
import { reschedules } from './failure-rules';
import { type Volume, type VolumeRequest, evolve, placementAttemptsMax } from './volume.state';

type Placed = Extract<VolumeEvent, { type: 'VolumePlaced' }>['data'];

export type VolumeCommand =
  | { readonly do: 'RequestVolume'; readonly request: VolumeRequest }
  | {
      readonly do: 'RecordPlacement';
      readonly pool: PoolRef;
      readonly availabilityZone: string;
      readonly rejected: Placed['rejected'];
    }
  | { readonly do: 'RecordPlacementFailure'; readonly failure: Failure; readonly rejected: Placed['rejected'] }
  | { readonly do: 'RecordDownloadStarted'; readonly pool: PoolRef }
  | {
      readonly do: 'RecordProvisioned';
      readonly pool: PoolRef;
      readonly bootable: boolean;
      readonly imageMetadata: Readonly<Record<string, string>>;
      readonly decision: CreateDecision | null;
    }
  | {
      readonly do: 'RecordCreateFailure';
      readonly pool: PoolRef;
      readonly failure: Failure;
      readonly decision: CreateDecision | null;
    }
  | { readonly do: 'DeleteVolume'; readonly userId: UserId }
  | { readonly do: 'RecordDeleted' }
  | { readonly do: 'RecordDeletionFailure'; readonly failure: Failure };

type VolumeDecision = Decision<VolumeEvent, RefusalCode>;
type Of<Name extends VolumeCommand['do']> = Extract<VolumeCommand, { do: Name }>;

/** All decisions about one volume. */
export const volumeDecider: Decider<VolumeCommand, Volume, VolumeEvent, RefusalCode> = {
  initialState: { status: 'absent' },
  decide(command, volume) {
    switch (command.do) {
      case 'RequestVolume':
        return requestVolume(command, volume);
      case 'RecordPlacement':
        return recordPlacement(command, volume);
      case 'RecordPlacementFailure':
        return recordPlacementFailure(command, volume);
      case 'RecordDownloadStarted':
        return recordDownloadStarted(command, volume);
      case 'RecordProvisioned':
        return recordProvisioned(command, volume);
      case 'RecordCreateFailure':
        return recordCreateFailure(command, volume);
      case 'DeleteVolume':
        return deleteVolume(command, volume);
      case 'RecordDeleted':
        return recordDeleted(volume);
      case 'RecordDeletionFailure':
        return recordDeletionFailure(command, volume);
      default:
        return assertNever(command);
    }
  },
  evolve,
  isTerminal: (volume) => volume.status === 'deleted',
};

/** The same request again is a retry; another one under the same id is not. */
function requestVolume({ request }: Of<'RequestVolume'>, volume: Volume): VolumeDecision {
  if (volume.status === 'absent') return [{ type: 'VolumeRequested', data: request }];
  const sameRequest =
    volume.request.projectId === request.projectId && volume.request.requestDigest === request.requestDigest;
  return sameRequest ? [] : refuse('volume.exists', { volumeId: request.volumeId });
}

function recordPlacement(command: Of<'RecordPlacement'>, volume: Volume): VolumeDecision {
  if (volume.status === 'placed' && volume.pool === command.pool) return [];
  if (volume.status !== 'requested') return refuse('volume.not_placeable', { status: volume.status });
  const { pool, availabilityZone, rejected } = command;
  return [{ type: 'VolumePlaced', data: { pool, availabilityZone, attempt: volume.tried.length + 1, rejected } }];
}

function recordPlacementFailure({ failure, rejected }: Of<'RecordPlacementFailure'>, volume: Volume): VolumeDecision {
  if (volume.status === 'error') return [];
  if (volume.status !== 'requested') return refuse('volume.not_placeable', { status: volume.status });
  return [{ type: 'VolumePlacementFailed', data: { failure: asTold(failure, volume.lastFailure), rejected } }];
}

/** Who asks why learns why the last pool gave the volume back, not only that no other pool was left. */
function asTold(failure: Failure, lastFailure: Failure | undefined): Failure {
  if (!lastFailure) return failure;
  const detail = [lastFailure.detail, failure.detail].filter(Boolean).join('; ');
  return { code: lastFailure.code, reason: `${lastFailure.reason} No other backend could take the volume.`, detail };
}

function recordDownloadStarted({ pool }: Of<'RecordDownloadStarted'>, volume: Volume): VolumeDecision {
  if (volume.status !== 'placed' || volume.pool !== pool) return refuse('volume.not_on_pool', { pool });
  return volume.downloading ? [] : [{ type: 'VolumeDownloadStarted', data: { pool } }];
}

function recordProvisioned(command: Of<'RecordProvisioned'>, volume: Volume): VolumeDecision {
  const { pool, bootable, imageMetadata, decision } = command;
  if (volume.status === 'available' && volume.pool === pool) return [];
  if (volume.status !== 'placed' || volume.pool !== pool) return refuse('volume.not_on_pool', { pool });
  return [{ type: 'VolumeProvisioned', data: { pool, bootable, imageMetadata, decision } }];
}

/** Another pool gets its chance when the failure allows it and attempts are left; else the create ends here, with a reason. */
function recordCreateFailure(command: Of<'RecordCreateFailure'>, volume: Volume): VolumeDecision {
  const { pool, failure, decision } = command;
  if (volume.status === 'error' && volume.pool === pool) return [];
  if (volume.status === 'requested' && volume.tried.at(-1) === pool) return [];
  if (volume.status !== 'placed' || volume.pool !== pool) return refuse('volume.not_on_pool', { pool });
  const attempts = volume.tried.length + 1;
  return reschedules(failure.code) && attempts < placementAttemptsMax
    ? [{ type: 'VolumeRescheduled', data: { pool, failure } }]
    : [{ type: 'VolumeCreateFailed', data: { failure, decision } }];
}

/** A volume that never reached a pool is deleted at once; Cinder refuses one that is being created. */
function deleteVolume({ userId }: Of<'DeleteVolume'>, volume: Volume): VolumeDecision {
  const requested: VolumeEvent = { type: 'VolumeDeletionRequested', data: { userId } };
  switch (volume.status) {
    case 'deleting':
    case 'deleted':
      return [];
    case 'absent':
      return refuse('volume.not_found');
    case 'requested':
    case 'placed':
      return refuse('volume.busy', { status: 'creating' });
    case 'available':
    case 'error-deleting':
      return [requested];
    case 'error':
      return volume.pool ? [requested] : [requested, { type: 'VolumeDeleted', data: {} }];
    default:
      return assertNever(volume);
  }
}

function recordDeleted(volume: Volume): VolumeDecision {
  if (volume.status === 'deleted') return [];
  if (volume.status !== 'deleting') return refuse('volume.busy', { status: volume.status });
  return [{ type: 'VolumeDeleted', data: {} }];
}

function recordDeletionFailure({ failure }: Of<'RecordDeletionFailure'>, volume: Volume): VolumeDecision {
  if (volume.status === 'error-deleting') return [];
  if (volume.status !== 'deleting') return refuse('volume.busy', { status: volume.status });
  return [{ type: 'VolumeDeletionFailed', data: { failure } }];
}
