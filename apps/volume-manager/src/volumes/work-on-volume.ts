import { nextStep, type Step } from '@hearth/domain';
import { type PoolRef, type VolumeId, poolParts } from '@hearth/kernel';
import type { Host } from '../host/host';
import type { Pool } from '../pools/pool';
import { failWithoutBackend, isBackendGone } from './backend-gone';
import { createBlank } from './create-blank';
import { createFromImage } from './create-from-image';
import { deleteFromPool } from './delete-from-pool';
import { KnownVolume } from './known-volume';
import { settleClaims } from './settle-claims';

/** The pool is of this host, but its backend could not be opened: the nudge is kept until it can. */
export class PoolDownError extends Error {
  constructor(pool: PoolRef) {
    super(`${pool} is not open on this host: its backend is down`);
    this.name = 'PoolDownError';
  }
}

/**
 * Does what is owed to a volume now, whatever woke us: reads its stream, asks `nextStep`, carries it out, records what came of
 * it. Doing it twice is harmless; a throw means that it has to be done again.
 */
export function workOnVolume(host: Host, volumeId: VolumeId, signal: AbortSignal): Promise<void> {
  return host.turns.run(volumeId, async () => {
    const volume = await KnownVolume.read(host.store, volumeId);
    const step = nextStep(volume.state);
    switch (step.do) {
      case 'nothing':
      case 'place':
        return settleClaims(host, volume);
      case 'create-blank':
        return inPool(host, volume, step, (pool) => createBlank(host, pool, volume, step.request));
      case 'create-from-image':
        return inPool(host, volume, step, (pool) =>
          createFromImage({ host, pool, volume, signal, request: step.request, image: step.image }),
        );
      case 'delete-from-pool':
        return inPool(host, volume, step, (pool) => deleteFromPool(host, pool, volume));
    }
  });
}

async function inPool(
  host: Host,
  volume: KnownVolume,
  step: Extract<Step, { pool: PoolRef }>,
  work: (pool: Pool) => Promise<void>,
): Promise<void> {
  const { pool: ref } = step;
  const pool = host.pools.get(ref);
  if (pool) return work(pool);
  if (isBackendGone(host, ref)) return failWithoutBackend(host, volume, step);
  if (poolParts(ref).host === host.name) throw new PoolDownError(ref);
  // Usual after a retry elsewhere: the nudge was on its way while the volume moved.
  host.log.info('a nudge for a volume of another host was passed over', { pool: ref, host: host.name });
}
