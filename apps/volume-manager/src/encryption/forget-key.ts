import { KeyManagerError } from '@hearth/openstack-clients';
import type { StepWork } from '../volumes/step-work';

/**
 * Removes the key of a volume whose object is gone. A key manager that is away is asked again later; a key that may not be removed stays,
 * and the operator is told: nothing is encrypted with it any more. Throws when it has to be done again.
 */
export async function forgetKey({ host, volume, signal }: StepWork, keyId: string | undefined): Promise<void> {
  if (keyId === undefined) return;
  const about = { volumeId: volume.id, keyId };
  if (!host.encryption) {
    host.log.warn('the key of a volume that is no more stays: this host has no key manager', about);
    return;
  }
  try {
    await host.encryption.forget(keyId, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof KeyManagerError) || error.problem === 'away') throw error;
    host.log.warn('the key of a volume that is no more stays', { ...about, problem: error.problem, error });
  }
}
