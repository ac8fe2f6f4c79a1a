import type { EvictReason } from '@hearth/contracts';
import type { CacheEntry, Claim } from '@hearth/domain';
import { DriverError, canClone } from '@hearth/driver-api';
import { timed } from '../host/host';
import { objectOf } from '../pools/pool';
import { CreateFailedError } from '../volumes/create-failed.error';
import { driverFailure } from '../volumes/driver-failure';
import type { ImageWork } from './strategy';

/** `unusable`: the copy was retired and the lease given back; claim again for its successor. */
export type Cloned =
  | { readonly status: 'made'; readonly cloneMethod: string; readonly cloneMs: number }
  | { readonly status: 'unusable' }
  | { readonly status: 'declined'; readonly reason: string };

/** Clones a leased entry and grows the clone to the size asked for. */
export async function cloneEntry(work: ImageWork, entry: CacheEntry, claim: Claim): Promise<Cloned> {
  const { host, pool, request } = work;
  const { driver } = pool.backend;
  refuseUnlessItFits(work, entry, claim);
  if (!canClone(driver)) return { status: 'declined', reason: 'driver-cannot-clone' };
  const source = objectOf(pool, entry.imageVolumeId);
  const target = objectOf(pool, request.volumeId);
  try {
    const { result: cloneMethod, ms: cloneMs } = await timed(() =>
      host.clones.pass(() => driver.clone(source, target, request.sizeGib)),
    );
    return { status: 'made', cloneMethod, cloneMs };
  } catch (error) {
    return cloneFailed(work, entry, claim, error);
  }
}

function refuseUnlessItFits({ request, pool }: ImageWork, entry: CacheEntry, { outcome }: Claim): void {
  if (entry.sizeGib <= request.sizeGib) return;
  const reason = `The image's virtual size is ${entry.sizeGib} GiB and does not fit in a volume of ${request.sizeGib} GiB.`;
  const { generation, imageVolumeId } = entry;
  throw new CreateFailedError(
    { code: 'image.unacceptable', reason },
    { outcome, strategy: 'cache', reason: 'does-not-fit', entry: { pool: pool.ref, generation, imageVolumeId } },
  );
}

/** What a clone's failure means for the copy. */
const verdicts: Readonly<Record<string, EvictReason>> = { 'not-found': 'lost', 'clone-limit': 'clone-limit' };

/**
 * A copy that is lost or can bear no more clones is retired and its successor filled in its place; a full backend fails the
 * create; after anything else the image is downloaded, as Cinder does, and the copy stays for others.
 */
async function cloneFailed(work: ImageWork, entry: CacheEntry, claim: Claim, error: unknown): Promise<Cloned> {
  const { host, pool, volume } = work;
  const code = error instanceof DriverError ? error.code : 'failed';
  host.log.warn('a cached image could not be cloned', {
    volumeId: volume.id,
    pool: pool.ref,
    generation: entry.generation,
    code,
    error,
  });
  if (code === 'full') {
    const { generation, imageVolumeId } = entry;
    throw new CreateFailedError(
      driverFailure(error, 'clone the image'),
      {
        outcome: claim.outcome,
        strategy: 'cache',
        reason: 'clone-failed',
        entry: { pool: pool.ref, generation, imageVolumeId },
      },
      { cause: error },
    );
  }
  const reason = verdicts[code];
  if (reason) await pool.cache.submit({ do: 'RetireEntry', generation: entry.generation, reason }, volume.context);
  await pool.cache.submit({ do: 'ReturnLease', volumeId: volume.id, reason: reason ?? 'clone-failed' }, volume.context);
  return reason ? { status: 'unusable' } : { status: 'declined', reason: 'clone-failed' };
}
