import { owedSteps } from '@hearth/domain';
import type { Host } from '../host/host';
import type { Pool } from '../pools/pool';
import type { KnownVolume } from './known-volume';

/**
 * Ends the claims that a create, or a reimage, still holds on pools of this host although it no longer runs there: after a crash between
 * the volume's commit and the pool's.
 */
export async function settleClaims(host: Host, volume: KnownVolume): Promise<void> {
  for (const pool of host.pools.values()) if (!isAtWorkOn(pool, volume)) await settle(pool, volume);
}

function isAtWorkOn(pool: Pool, { state }: KnownVolume): boolean {
  return owedSteps(state).some(
    (step) => (step.do === 'create-from-image' || step.do === 'reimage') && step.pool === pool.ref,
  );
}

/**
 * Ends a create's claim on the pool's cache. The create that ended here by way of the cache leaves its one `hit` or `miss`; one
 * that was served without the cache, or goes on elsewhere, leaves none, so that every create counts once. Does nothing when
 * no claim is held.
 */
export async function settle(pool: Pool, volume: KnownVolume): Promise<void> {
  const { id: volumeId, state, ended, requestId, context } = volume;
  if (!pool.cache.state().claims.has(volumeId)) return;
  const usedCache = ended?.pool === pool.ref && ended.decision !== null && ended.decision.outcome !== 'bypass';
  if (state.status === 'absent' || !usedCache) {
    const reason = ended?.pool === pool.ref ? 'the create ended without this copy' : 'the create goes on elsewhere';
    await pool.cache.submit({ do: 'ReturnLease', volumeId, reason }, context);
    return;
  }
  const { projectId, userId, sizeGib, volumeType } = state.details;
  await pool.cache.submit(
    {
      do: 'SettleClaim',
      volumeId,
      succeeded: ended.succeeded,
      projectId,
      userId,
      sizeGib,
      volumeType: volumeType.name,
      requestId: requestId ?? null,
    },
    context,
  );
}
