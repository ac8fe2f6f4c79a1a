import { nextStep } from '@hearth/domain';
import type { Host } from '../host/host';
import type { Pool } from '../pools/pool';
import type { KnownVolume } from './known-volume';

/**
 * Gives the pools of this host their one `hit` or `miss` of a create that has ended, if one still lacks it: after a crash between
 * the volume's commit and the pool's.
 */
export async function settleClaims(host: Host, volume: KnownVolume): Promise<void> {
  for (const pool of host.pools.values()) {
    if (pool.cache.state().claims.has(volume.id) && hasEndedOn(pool, volume))
      await settle(pool, volume, volume.provisioned);
  }
}

/** The create no longer runs on this pool: it has ended, or goes on elsewhere. */
function hasEndedOn(pool: Pool, { state }: KnownVolume): boolean {
  const step = nextStep(state);
  return !(step.do === 'create-from-image' && step.pool === pool.ref);
}

/** Ends a create's claim on the pool's cache. Does nothing when it holds none. */
export async function settle(pool: Pool, volume: KnownVolume, succeeded: boolean): Promise<void> {
  if (volume.state.status === 'absent') return;
  const { projectId, userId, sizeGib, volumeType } = volume.state.request;
  await pool.cache.submit(
    {
      do: 'SettleClaim',
      volumeId: volume.id,
      succeeded,
      projectId,
      userId,
      sizeGib,
      volumeType: volumeType.name,
      requestId: volume.requestId ?? null,
    },
    volume.context,
  );
}
