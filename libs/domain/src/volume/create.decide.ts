import type { Failure } from '@hearth/contracts';
import { refuse } from '@hearth/kernel';
import { reschedules } from './failure-rules';
import type { Of, VolumeDecision } from './volume.commands';
import { labelOf } from './volume.label';
import { placementAttemptsMax, type Volume } from './volume.state';

/** The same request again is a retry; another one under the same id is not. */
export function requestVolume({ request }: Of<'RequestVolume'>, volume: Volume): VolumeDecision {
  if (volume.status === 'absent') return [{ type: 'VolumeRequested', data: request }];
  const sameRequest =
    volume.request.projectId === request.projectId && volume.request.requestDigest === request.requestDigest;
  return sameRequest ? [] : refuse('volume.exists', { volumeId: request.volumeId });
}

export function recordPlacement(command: Of<'RecordPlacement'>, volume: Volume): VolumeDecision {
  if (volume.status === 'placed' && volume.pool === command.pool) return [];
  if (volume.status !== 'requested') return notPlaceable(volume);
  const { pool, availabilityZone, rejected } = command;
  return [{ type: 'VolumePlaced', data: { pool, availabilityZone, attempt: volume.tried.length + 1, rejected } }];
}

export function recordPlacementFailure(
  { failure, rejected }: Of<'RecordPlacementFailure'>,
  volume: Volume,
): VolumeDecision {
  if (volume.status === 'error') return [];
  if (volume.status !== 'requested') return notPlaceable(volume);
  return [{ type: 'VolumePlacementFailed', data: { failure: asTold(failure, volume.lastFailure), rejected } }];
}

function notPlaceable(volume: Volume): VolumeDecision {
  return refuse('volume.not_placeable', { status: labelOf(volume) });
}

/** Who asks why learns why the last pool gave the volume back, not only that no other pool was left. */
function asTold(failure: Failure, lastFailure: Failure | undefined): Failure {
  if (!lastFailure) return failure;
  const detail = [lastFailure.detail, failure.detail].filter(Boolean).join('; ');
  return { code: lastFailure.code, reason: `${lastFailure.reason} No other backend could take the volume.`, detail };
}

export function recordDownloadStarted({ pool }: Of<'RecordDownloadStarted'>, volume: Volume): VolumeDecision {
  if (volume.status !== 'placed' || volume.pool !== pool) return refuse('volume.not_on_pool', { pool });
  return volume.downloading ? [] : [{ type: 'VolumeDownloadStarted', data: { pool } }];
}

export function recordProvisioned(command: Of<'RecordProvisioned'>, volume: Volume): VolumeDecision {
  const { pool, bootable, imageMetadata, decision, sizeGib } = command;
  if (volume.status === 'provisioned' && volume.pool === pool) return [];
  if (volume.status !== 'placed' || volume.pool !== pool) return refuse('volume.not_on_pool', { pool });
  const size = sizeGib === undefined ? {} : { sizeGib };
  return [{ type: 'VolumeProvisioned', data: { pool, bootable, imageMetadata, decision, ...size } }];
}

/**
 * Another pool gets its chance when the failure allows it and attempts are left; else the create ends here, with a reason. What is
 * made from something on the pool can be made nowhere else.
 */
export function recordCreateFailure(command: Of<'RecordCreateFailure'>, volume: Volume): VolumeDecision {
  const { pool, failure, decision } = command;
  if (volume.status === 'error' && volume.pool === pool) return [];
  if (volume.status === 'requested' && volume.tried.at(-1) === pool) return [];
  if (volume.status !== 'placed' || volume.pool !== pool) return refuse('volume.not_on_pool', { pool });
  const mayMove = reschedules(failure.code) && volume.request.source === undefined;
  return mayMove && volume.tried.length + 1 < placementAttemptsMax
    ? [{ type: 'VolumeRescheduled', data: { pool, failure } }]
    : [{ type: 'VolumeCreateFailed', data: { failure, decision } }];
}
