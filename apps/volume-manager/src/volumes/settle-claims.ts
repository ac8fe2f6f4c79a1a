import type { ImageCacheEvent } from '@hearth/contracts';
import type { VolumeId } from '@hearth/kernel';
import type { Host } from '../host/host';
import type { Pool } from '../pools/pool';
import type { CreateEnd, KnownVolume } from './known-volume';
import { owesImage } from './owes-image';

/**
 * Ends the claims that a create, or a reimage, still holds on pools of this host although it no longer runs there: after a crash between
 * the volume's commit and the pool's.
 */
export async function settleClaims(host: Host, volume: KnownVolume): Promise<void> {
  for (const pool of host.pools.values()) {
    if (owesImage(pool, volume)) continue;
    await settleEarlier(host, pool, volume);
    await settle(host, pool, volume);
  }
}

/**
 * Ends a claim that is left of the work before a reimage: the process died before it could, and the reimage was asked for before anybody
 * looked. Taken over by the reimage, it would count once for both.
 */
export async function settleEarlier(
  host: Pick<Host, 'store'>,
  pool: Pick<Pool, 'ref' | 'cache'>,
  volume: KnownVolume,
): Promise<void> {
  const { id, earlier } = volume;
  if (!earlier || !pool.cache.state().claims.has(id)) return;
  const since = { afterSequence: earlier.reimageRequestedAt };
  for await (const { events } of host.store.read({ category: 'image-cache', id: pool.ref }, since)) {
    if (events.some((event) => isClaimOf(event, id))) return;
  }
  await settle(host, pool, volume, earlier.end);
}

function isClaimOf({ type, data }: ImageCacheEvent, volumeId: VolumeId): boolean {
  return (type === 'fill-started' || type === 'joined' || type === 'leased') && data.volumeId === volumeId;
}

/**
 * Ends a create's claim on the pool's cache. The create that ended here by way of the cache leaves its one `hit` or `miss`; one
 * that was served without the cache, or goes on elsewhere, leaves none, so that every create counts once; nor does a claim that a process
 * made which did not know that another of this host had ended the create. Does nothing when no claim is held.
 */
export async function settle(
  host: Pick<Host, 'store'>,
  pool: Pick<Pool, 'ref' | 'cache'>,
  volume: KnownVolume,
  ended = volume.ended,
): Promise<void> {
  const { id: volumeId, state, requestId, context } = volume;
  if (!pool.cache.state().claims.has(volumeId)) return;
  const usedCache = ended?.pool === pool.ref && ended.decision !== null && ended.decision.outcome !== 'bypass';
  if (state.status === 'absent' || !usedCache || (await isCounted(host, pool, volume, ended))) {
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

/** Whether the pool has the use of work that ended. What this process has ended itself just now was counted by nobody. */
async function isCounted(
  { store }: Pick<Host, 'store'>,
  { ref }: Pick<Pool, 'ref'>,
  { id, ended: last, wasJustRecorded }: KnownVolume,
  ended: CreateEnd,
): Promise<boolean> {
  if (wasJustRecorded && ended === last) return false;
  for await (const { events } of store.read({ category: 'image-cache', id: ref }, { afterSequence: ended.at })) {
    if (events.some(({ type, data }) => (type === 'hit' || type === 'miss') && data.volumeId === id)) return true;
  }
  return false;
}
