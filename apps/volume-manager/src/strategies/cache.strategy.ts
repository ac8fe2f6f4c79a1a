import type { Failure } from '@hearth/contracts';
import { type CacheEntry, type Claim, type ImageCache, claimOf, contentKey, fillAttemptsMax } from '@hearth/domain';
import { type VolumeId, gibToHold } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';
import { timed } from '../host/host';
import { type Filled, runFill } from '../pools/run-fill';
import { limitsOf } from '../pools/pool';
import { CreateFailedError } from '../volumes/create-failed.error';
import { cloneEntry } from './clone-entry';
import { type Answer, type ImageWork, type Made, type Strategy, declined } from './strategy';

/** Clones the pool's copy of the image: at once on a hit, after the fill that this or another create runs on a miss. */
export const cacheStrategy: Strategy = { name: 'cache', attempt };

/** A claim leads to a fill, a failed fill to another, a copy that proves unusable to its successor: never for ever. */
const roundsMax = 2 * fillAttemptsMax + 2;

async function attempt(work: ImageWork): Promise<Answer> {
  const { backend } = work.pool;
  if (backend.cache.state !== 'enabled') return declined(`cache-${backend.cache.state}`);
  let filled: Filled | undefined;
  for (let round = 1; round <= roundsMax; round += 1) {
    const { result: claimed, ms: leaseMs } = await timed(() => claim(work));
    if (typeof claimed === 'string') return declined(claimed);
    switch (claimed.claim.stage) {
      case 'waiting':
      case 'released':
        return { status: 'waiting' };
      case 'filling':
        if (!isOurs(work, claimed.entry)) return { status: 'waiting' };
        filled = await work.host.fills.pass(() => runFill(work, claimed.entry));
        break;
      case 'leased': {
        const cloned = await cloneEntry(work, claimed.entry, claimed.claim);
        if (cloned.status === 'made') return made(work, claimed, cloned, { leaseMs, filled });
        if (cloned.status === 'declined') return cloned;
      }
    }
  }
  return declined('no-usable-copy');
}

/** A fill of a predecessor that died is given up by the pool's chores, which also wake us. */
function isOurs({ host }: ImageWork, { filler }: CacheEntry): boolean {
  return filler.host === host.name && filler.incarnation === host.incarnation;
}

interface Claimed {
  readonly claim: Claim;
  readonly entry: CacheEntry;
}

/** What this create holds now, or why it is not served by the cache. Throws when the fill it waited for has failed for good. */
async function claim(work: ImageWork): Promise<Claimed | string> {
  const { host, pool, image, volume } = work;
  const { internalTenant, config } = pool.backend;
  if (!internalTenant) return 'cache-misconfigured';
  const answer = await pool.cache.submit(
    {
      do: 'ClaimEntry',
      volumeId: volume.id,
      image,
      content: contentKey(image, { hashesTrusted: config.image_hashes_trusted }),
      sizeGib: Math.max(1, gibToHold(image.virtualSizeBytes ?? image.sizeBytes)),
      limits: limitsOf(pool),
      imageVolumeId: randomUUID() as VolumeId,
      filler: { host: host.name, incarnation: host.incarnation },
      internalProjectId: internalTenant.projectId,
      internalUserId: internalTenant.userId,
    },
    volume.context,
  );
  if (!isOutcome(answer)) {
    if (answer.refused === 'image-cache.fill_failed') throw ofFailedFill(pool.cache.state(), volume.id);
    return answer.refused.replace('image-cache.', '').replaceAll('_', '-');
  }
  const held = claimOf(answer.state, volume.id);
  if (!held?.entry) throw new Error(`the cache of ${pool.ref} took no claim of volume ${volume.id}`);
  return { claim: held.claim, entry: held.entry };
}

type Submitted = Awaited<ReturnType<ImageWork['pool']['cache']['submit']>>;

function isOutcome(answer: Submitted): answer is Extract<Submitted, { state: unknown }> {
  return 'state' in answer;
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
    digest: entry.digest,
    durationsMs: { ...filled?.durationsMs, lease: leaseMs, clone: cloneMs },
  };
  return { status: 'made', made: decision };
}
