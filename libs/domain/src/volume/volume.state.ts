import type { CreateDecision, Failure, VolumeEvent } from '@hearth/contracts';
import type { PoolRef } from '@hearth/kernel';

/** What was asked for when the volume was requested; it never changes. */
export type VolumeRequest = Extract<VolumeEvent, { type: 'VolumeRequested' }>['data'];

/** A volume's life: each status carries exactly what is known in it. On the wire, `requested` and `placed` are `creating`. */
export type Volume =
  | { readonly status: 'absent' }
  | {
      readonly status: 'requested';
      readonly request: VolumeRequest;
      readonly tried: readonly PoolRef[];
      /** Why the last pool gave it back; undefined while none did. */
      readonly lastFailure: Failure | undefined;
    }
  | {
      readonly status: 'placed';
      readonly request: VolumeRequest;
      readonly tried: readonly PoolRef[];
      readonly pool: PoolRef;
      readonly availabilityZone: string;
      readonly downloading: boolean;
    }
  | {
      readonly status: 'available';
      readonly request: VolumeRequest;
      readonly pool: PoolRef;
      readonly availabilityZone: string;
      readonly bootable: boolean;
      readonly decision: CreateDecision | null;
    }
  | {
      readonly status: 'error';
      readonly request: VolumeRequest;
      readonly pool: PoolRef | undefined;
      readonly failure: Failure;
    }
  | { readonly status: 'deleting'; readonly request: VolumeRequest; readonly pool: PoolRef }
  | {
      readonly status: 'error-deleting';
      readonly request: VolumeRequest;
      readonly pool: PoolRef;
      readonly failure: Failure;
    }
  | { readonly status: 'deleted'; readonly request: VolumeRequest };

/** How many pools one create may try (Cinder's scheduler_max_attempts). */
export const placementAttemptsMax = 3;

/** Total: an event that does not belong to the status leaves the volume as it is. */
export function evolve(volume: Volume, event: VolumeEvent): Volume {
  if (event.type === 'VolumeRequested') {
    return volume.status === 'absent'
      ? { status: 'requested', request: event.data, tried: [], lastFailure: undefined }
      : volume;
  }
  if (volume.status === 'absent' || volume.status === 'deleted') return volume;
  const { request } = volume;
  switch (event.type) {
    case 'VolumePlaced': {
      if (volume.status !== 'requested') return volume;
      const { pool, availabilityZone } = event.data;
      return { status: 'placed', request, tried: volume.tried, pool, availabilityZone, downloading: false };
    }
    case 'VolumePlacementFailed':
      if (volume.status !== 'requested') return volume;
      return { status: 'error', request, pool: undefined, failure: event.data.failure };
    case 'VolumeRescheduled':
      if (volume.status !== 'placed') return volume;
      return {
        status: 'requested',
        request,
        tried: [...volume.tried, event.data.pool],
        lastFailure: event.data.failure,
      };
    case 'VolumeDownloadStarted':
      return volume.status === 'placed' ? { ...volume, downloading: true } : volume;
    case 'VolumeProvisioned': {
      if (volume.status !== 'placed') return volume;
      const { pool, bootable, decision } = event.data;
      return { status: 'available', request, pool, availabilityZone: volume.availabilityZone, bootable, decision };
    }
    case 'VolumeCreateFailed':
      if (volume.status !== 'placed') return volume;
      return { status: 'error', request, pool: volume.pool, failure: event.data.failure };
    case 'VolumeDeletionRequested': {
      const pool = 'pool' in volume ? volume.pool : undefined;
      return pool ? { status: 'deleting', request, pool } : volume;
    }
    case 'VolumeDeletionFailed':
      if (volume.status !== 'deleting') return volume;
      return { status: 'error-deleting', request, pool: volume.pool, failure: event.data.failure };
    case 'VolumeDeleted':
      return { status: 'deleted', request };
  }
}
