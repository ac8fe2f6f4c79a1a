import { owedSteps } from '@hearth/domain';
import type { Pool } from '../pools/pool';
import type { KnownVolume } from './known-volume';

/** Whether a pool owes the volume its create from an image, or a reimage, as far as is known. */
export function owesImage({ ref }: Pick<Pool, 'ref'>, { state }: Pick<KnownVolume, 'state'>): boolean {
  return owedSteps(state).some(
    (step) => (step.do === 'create-from-image' || step.do === 'reimage') && step.pool === ref,
  );
}
