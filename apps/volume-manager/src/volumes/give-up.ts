import type { CreateDecision, Failure } from '@hearth/contracts';
import { nextStep } from '@hearth/domain';
import { countCreateFailure } from '../host/metrics';
import type { Host } from '../host/host';
import { type Pool, objectOf } from '../pools/pool';
import type { KnownVolume } from './known-volume';

/** What is known of a create that failed. */
export interface GivenUp {
  readonly failure: Failure;
  /** Null for a blank volume. */
  readonly decision: CreateDecision | null;
  /** What stands under the volume's name may be somebody's data, and stays. */
  readonly leavesObject?: boolean;
}

/** Leaves nothing on the pool, then lets the volume decide whether another pool gets its chance. */
export async function giveUp(
  host: Host,
  pool: Pool,
  volume: KnownVolume,
  { failure, decision, leavesObject = false }: GivenUp,
): Promise<void> {
  // What stands under the volume's name is removed below: not before it is certain that nobody has finished it meanwhile.
  await volume.readOn();
  const step = nextStep(volume.state);
  if (!('pool' in step) || step.pool !== pool.ref) return;
  if (!leavesObject) await removeRemains(host, pool, volume);
  countCreateFailure(pool.ref, failure);
  await volume.record(host, { do: 'RecordCreateFailure', pool: pool.ref, failure, decision });
}

async function removeRemains(host: Host, pool: Pool, { id: volumeId }: KnownVolume): Promise<void> {
  await pool.backend.driver.remove(objectOf(pool, volumeId)).catch((error: unknown) => {
    host.log.warn('what a failed create left on the pool could not be removed', { volumeId, pool: pool.ref, error });
  });
}
