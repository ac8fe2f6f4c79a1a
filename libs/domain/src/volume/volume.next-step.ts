import type { ImageIdentity } from '@hearth/contracts';
import { type PoolRef, assertNever } from '@hearth/kernel';
import type { Volume, VolumeRequest } from './volume.state';

/** What the control plane owes a volume now. */
export type Step =
  | { readonly do: 'nothing' }
  | { readonly do: 'place'; readonly request: VolumeRequest; readonly tried: readonly PoolRef[] }
  | { readonly do: 'create-blank'; readonly pool: PoolRef; readonly request: VolumeRequest }
  | {
      readonly do: 'create-from-image';
      readonly pool: PoolRef;
      readonly request: VolumeRequest;
      readonly image: ImageIdentity;
    }
  | { readonly do: 'delete-from-pool'; readonly pool: PoolRef; readonly request: VolumeRequest };

/** The only place where the order of work is written. */
export function nextStep(volume: Volume): Step {
  switch (volume.status) {
    case 'requested':
      return { do: 'place', request: volume.request, tried: volume.tried };
    case 'placed': {
      const { pool, request } = volume;
      return request.image
        ? { do: 'create-from-image', pool, request, image: request.image }
        : { do: 'create-blank', pool, request };
    }
    case 'deleting':
      return { do: 'delete-from-pool', pool: volume.pool, request: volume.request };
    case 'absent':
    case 'available':
    case 'error':
    case 'error-deleting':
    case 'deleted':
      return { do: 'nothing' };
    default:
      return assertNever(volume);
  }
}
