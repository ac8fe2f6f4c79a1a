import { type Failure, effectiveCacheSettings } from '@hearth/contracts';
import {
  type CacheEntry,
  type ClaimRequest,
  type ImageCache,
  claimOf,
  fillAttemptsMax,
  givenUpBy,
  mayUseCache,
} from '@hearth/domain';
import { canClone } from '@hearth/driver-api';
import { wasRefused } from '@hearth/event-sourcing';
import { type VolumeId, gibToBytes } from '@hearth/kernel';
import { timed } from '../host/host';
import { withinInternalQuota } from '../host/internal-quota';
import { type FillTask, type Filled, runFill } from '../pools/run-fill';
import { CreateFailedError } from '../volumes/create-failed.error';
import { claimRequestOf, reasonOf } from './claim-request';
import { type Claimed, cloneEntry } from './clone-entry';
import { lookAgain } from './look-again';
import { type Answer, type ImageWork, type Made, type Strategy, declined, obstacleTo } from './strategy';

/** Clones the pool's copy of the image: at once on a hit, after the fill that this or another create runs on a miss. */
export const cacheStrategy: Strategy = { name: 'cache', attempt };

/** A claim leads to a fill, a failed fill to another, a copy that proves unusable to its successor: never for ever. */
const roundsMax = 2 * fillAttemptsMax + 2;

async function attempt(work: ImageWork): Promise<Answer> {
  const { driver } = work.pool.backend;
  const unfit = whyNot(work);
  if (unfit !== undefined || !canClone(driver)) return decline(work, unfit ?? 'driver-cannot-clone');
  const obstacle = obstacleTo(work);
  if (obstacle !== undefined) return decline(work, obstacle);
  let filled: Filled | undefined;
  for (let round = 1; round <= roundsMax; round += 1) {
    const { result: claimed, ms: leaseMs } = await timed(() => claim(work));
    if (typeof claimed === 'string') return decline(work, claimed);
    switch (claimed.claim.stage) {
      case 'waiting':
      case 'released':
        return { status: 'waiting' };
      case 'filling':
        if (!isOurs(work, claimed.entry)) return { status: 'waiting' };
        filled = await work.pool.backend.lanes.fill(() => runFill(fillTask(work), claimed.entry));
        break;
      case 'leased': {
        const cloned = await cloneEntry(work, driver, claimed);
        if (cloned.status === 'made') return made(work, claimed, cloned, { leaseMs, filled });
        if (cloned.status === 'declined') return decline(work, cloned.reason);
      }
    }
  }
  return decline(work, 'no-usable-copy');
}

function whyNot({ pool, image, request }: ImageWork): string | undefined {
  const { cache, driver } = pool.backend;
  if (request.encryptionKeyId !== undefined) return 'encrypted';
  if (cache.state !== 'enabled') return `cache-${cache.state}`;
  if (!canClone(driver)) return 'driver-cannot-clone';
  const { imageAccess } = effectiveCacheSettings(cache);
  return mayUseCache(image, request.projectId, imageAccess) ? undefined : 'image-not-public-or-owned';
}

function fillTask({ host, pool, image, volume, sizeGib, signal }: ImageWork): FillTask {
  const virtualSizeBytesMax = Math.max(gibToBytes(sizeGib), image.virtualSizeBytes ?? 0);
  return { host, pool, image, signal, volumeId: volume.id, context: volume.context, virtualSizeBytesMax };
}

/** The create goes on without the cache: whatever it holds there is given back before, so that it keeps nothing from going. */
async function decline({ pool, volume }: ImageWork, reason: string): Promise<Answer> {
  if (pool.cache.state().claims.has(volume.id)) {
    await pool.cache.submit({ do: 'ReturnLease', volumeId: volume.id, reason }, volume.context);
  }
  return declined(reason);
}

/** A fill of a predecessor that died is given up by the pool's chores, which also wake us. */
function isOurs({ host }: ImageWork, { filler }: CacheEntry): boolean {
  return filler.host === host.name && filler.incarnation === host.incarnation;
}

/**
 * What this create holds now, or why it is not served by the cache. Throws when the fill it waited for has failed for good. A first request
 * that is only noted (`asked`) leaves nothing held, and is told why when it asks again. Whatever state the claim is decided on, no fill
 * begins of which the quota was not asked.
 */
async function claim(work: ImageWork): Promise<Claimed | string> {
  const { pool, volume } = work;
  const { internalTenant } = pool.backend;
  if (!internalTenant) return 'cache-misconfigured';
  const request = claimRequestOf(work, internalTenant);
  let mayBeBehind = true;
  for (let round = 1; round <= 5; round += 1) {
    let answer = await submitClaim(work, request, false);
    if (wasRefused(answer) && answer.refused === overQuota) {
      await lookAgain(work, cacheStrategy.name);
      answer = await claimWithinQuota(work, request, internalTenant);
    }
    if (!wasRefused(answer)) {
      const held = claimOf(answer.state, volume.id);
      if (held?.entry) return { claim: held.claim, entry: held.entry };
      continue;
    }
    if (answer.refused === overQuota) return 'internal-quota';
    if (answer.refused === 'image-cache.fill_failed') throw ofFailedFill(pool.cache.state(), volume.id);
    if (!mayBeBehind || !(await hasChanged(pool))) return reasonOf(answer.refused);
    mayBeBehind = false;
  }
  throw new Error(`the cache of ${pool.ref} took no claim of volume ${volume.id}`);
}

const overQuota = 'image-cache.over_quota';

const submitClaim = ({ pool, volume }: ImageWork, request: ClaimRequest, hasQuota: boolean) =>
  pool.cache.submit({ do: 'ClaimEntry', ...request, hasQuota }, volume.context);

/** In its turn: whoever came before may have begun the fill, and nobody is asked then. */
function claimWithinQuota(
  work: ImageWork,
  request: ClaimRequest,
  internalTenant: NonNullable<ImageWork['pool']['backend']['internalTenant']>,
): ReturnType<typeof submitClaim> {
  const { host, pool, signal } = work;
  return withinInternalQuota(host, pool, { ...internalTenant, signal }, async (hasQuota) => {
    const answer = await submitClaim(work, request, false);
    if (!wasRefused(answer) || answer.refused !== overQuota) return answer;
    const givesUp = givenUpBy({ do: 'ClaimEntry', ...request }, pool.cache.state());
    return (await hasQuota(request.sizeGib, givesUp)) ? submitClaim(work, request, true) : answer;
  });
}

/** Of what others have decided since, a refusal knows nothing: only what is appended is held against the log. */
async function hasChanged({ cache }: ImageWork['pool']): Promise<boolean> {
  const known = cache.sequence();
  await cache.refresh();
  return cache.sequence() !== known;
}

/** The fill failed for everybody who waited: this create fails with its reason. */
function ofFailedFill(cache: ImageCache, volumeId: VolumeId): CreateFailedError {
  const held = claimOf(cache, volumeId);
  const unknown: Failure = { code: 'image.download_failed', reason: 'The image could not be copied.' };
  return new CreateFailedError(held?.entry?.failure?.failure ?? unknown, {
    outcome: held?.claim.outcome ?? 'miss',
    strategy: 'cache',
    reason: 'fill-failed',
    entry: null,
  });
}

function made(
  work: ImageWork,
  { claim: { outcome }, entry }: Claimed,
  { cloneMethod, cloneMs }: { readonly cloneMethod: string; readonly cloneMs: number },
  { leaseMs, filled }: { readonly leaseMs: number; readonly filled: Filled | undefined },
): Answer {
  const reasons = { hit: 'cached', joined: 'joined-fill', miss: 'not-cached' } as const;
  const decision: Made = {
    outcome,
    reason: reasons[outcome],
    entry: { pool: work.pool.ref, generation: entry.generation, imageVolumeId: entry.imageVolumeId },
    cloneMethod,
    bytesDownloaded: filled?.bytesDownloaded ?? 0,
    bytesWritten: filled?.bytesWritten ?? 0,
    digest: entry.evidence?.digest ?? null,
    source: filled?.source ?? null,
    durationsMs: { ...filled?.durationsMs, lease: leaseMs, clone: cloneMs },
  };
  return { status: 'made', made: decision, signature: entry.evidence?.signature };
}
