import { type CacheEntry, type Claim, entryOf, givenUpBy, isQuarantined, servingEntry } from '@hearth/domain';
import { type CloneCapable, DriverError } from '@hearth/driver-api';
import { inSpan } from '@hearth/event-sourcing';
import { gibToHold } from '@hearth/kernel';
import { askBackend } from '../host/ask-backend';
import { timed } from '../host/host';
import { withinInternalQuota } from '../host/internal-quota';
import { countClone, countFailedClone } from '../host/metrics';
import { objectOf } from '../pools/pool';
import { CreateFailedError, type FailedDecision } from '../volumes/create-failed.error';
import { driverFailure } from '../volumes/driver-failure';
import { claimRequestOf } from './claim-request';
import { doesNotFit } from './does-not-fit';
import { type ImageWork, InTheWayError, makeWay } from './strategy';

/** What a create holds: its claim, on an entry. */
export interface Claimed {
  readonly claim: Claim;
  readonly entry: CacheEntry;
}

/** `unusable`: the copy was retired and the lease given back; claim again for its successor. */
export type Cloned =
  | { readonly status: 'made'; readonly cloneMethod: string; readonly cloneMs: number }
  | { readonly status: 'unusable' }
  | { readonly status: 'declined'; readonly reason: string };

/** The copy was found to be bad: nothing is cloned from it any more. */
class QuarantinedError extends Error {}

/**
 * Clones a leased entry and grows the clone to the size asked for. A clone that was begun before its copy was found to be bad, and
 * ended after, is none. Throws `CreateFailedError`.
 */
export async function cloneEntry(work: ImageWork, driver: CloneCapable, claimed: Claimed): Promise<Cloned> {
  const { pool, request, sizeGib } = work;
  const { entry } = claimed;
  if (entry.sizeGib > sizeGib) {
    // The fill that has just ended has found out the size. Later the copy may be larger than its image, where a backend rounds up: what an
    // image needs whose size nobody tells, a download finds out.
    const wasFilledNow = claimed.claim.outcome !== 'hit';
    const neededGib = wasFilledNow ? entry.sizeGib : gibToHold(work.image.virtualSizeBytes ?? 0);
    if (neededGib <= sizeGib) return { status: 'declined', reason: 'copy-larger-than-volume' };
    throw new CreateFailedError(doesNotFit(neededGib, sizeGib), failedAs(work, claimed, 'does-not-fit'));
  }
  const source = objectOf(pool, entry.imageVolumeId);
  const target = objectOf(pool, request.volumeId);
  const attributes = { 'hearth.pool': pool.ref, 'hearth.source': source.name, 'hearth.target': target.name };
  const clone = async () => {
    requireTrusted(work, claimed);
    await makeWay(work);
    const method = await inSpan('driver.clone', { attributes }, () => driver.clone(source, target, sizeGib));
    requireTrusted(work, claimed);
    return method;
  };
  const { host, signal } = work;
  try {
    const { result: cloneMethod, ms: cloneMs } = await askBackend(host.retryWaitsMs, signal, () =>
      pool.backend.lanes.clone(source.name, () => timed(clone)),
    );
    pool.brokenClones.delete(entry.content);
    countClone(pool.ref, { method: cloneMethod, ms: cloneMs });
    return { status: 'made', cloneMethod, cloneMs };
  } catch (error) {
    if (error instanceof QuarantinedError) return quarantined(work, claimed);
    if (error instanceof InTheWayError) return { status: 'declined', reason: error.reason };
    return cloneFailed(work, claimed, error);
  }
}

function requireTrusted({ pool }: ImageWork, { entry }: Claimed): void {
  const known = entryOf(pool.cache.state(), entry.generation);
  if (isQuarantined(known ?? entry)) throw new QuarantinedError(`generation ${entry.generation} is quarantined`);
}

/**
 * What stands under the volume's name was cloned from it, by us or by a process before us, and goes first: a later clone would take it
 * for its own work.
 */
async function quarantined({ host, pool, volume }: ImageWork, { entry }: Claimed): Promise<Cloned> {
  const { generation, imageVolumeId } = entry;
  const about = { volumeId: volume.id, pool: pool.ref, generation, imageVolumeId };
  host.log.warn('a create lets go of a cached image that is quarantined', about);
  await pool.backend.driver.remove(objectOf(pool, volume.id));
  await pool.cache.submit({ do: 'ReturnLease', volumeId: volume.id, reason: 'verify-failed' }, volume.context);
  return { status: 'unusable' };
}

function failedAs({ pool }: ImageWork, { entry, claim }: Claimed, reason: string): FailedDecision {
  const { generation, imageVolumeId } = entry;
  return { outcome: claim.outcome, strategy: 'cache', reason, entry: { pool: pool.ref, generation, imageVolumeId } };
}

/** Clones of a content that fail in a row, for no reason that will pass, until its copy counts as broken. */
const brokenClonesMax = 3;

/**
 * A copy that can bear no more clones is retired and its successor begun in one decision; one that is lost, or that could not be cloned
 * again and again, is retired, and its successor made by the next claim; a full backend fails the create. After anything else the image is
 * downloaded, as Cinder does, and the copy stays for others.
 */
async function cloneFailed(work: ImageWork, claimed: Claimed, error: unknown): Promise<Cloned> {
  const { host, pool, volume } = work;
  const { generation, imageVolumeId } = claimed.entry;
  const code = error instanceof DriverError ? error.code : 'failed';
  const about = { volumeId: volume.id, pool: pool.ref, generation, imageVolumeId };
  host.log.warn('a cached image could not be cloned', { ...about, code, error });
  countFailedClone(pool.ref, code);
  if (code === 'full') {
    throw new CreateFailedError(driverFailure(error, 'clone the image'), failedAs(work, claimed, 'clone-failed'), {
      cause: error,
    });
  }
  work.signal.throwIfAborted();
  if (code === 'clone-limit') return supersede(work, claimed);
  const reason = code === 'not-found' ? 'lost' : isBroken(pool, claimed.entry, code) ? 'clone-failed' : undefined;
  if (!reason) return { status: 'declined', reason: 'clone-failed' };
  if (reason === 'clone-failed') host.log.error('a cached image that nobody can clone is given up', about);
  await pool.cache.submit({ do: 'RetireEntry', generation, reason, at: host.now() }, volume.context);
  await pool.cache.submit({ do: 'ReturnLease', volumeId: volume.id, reason }, volume.context);
  return { status: 'unusable' };
}

/**
 * Each failure costs a create its clone and a download beside. A copy is given up once: where its successor fares no better it is not the
 * copy, and to fill it for ever would not help.
 */
function isBroken({ brokenClones }: ImageWork['pool'], { content }: CacheEntry, code: string): boolean {
  if (code !== 'failed') return false;
  const failures = (brokenClones.get(content) ?? 0) + 1;
  brokenClones.set(content, failures);
  return failures === brokenClonesMax;
}

/** Where the internal project has no quota for another one, the copy goes all the same. */
async function supersede(work: ImageWork, { entry }: Claimed): Promise<Cloned> {
  const { host, pool, volume, signal } = work;
  const { generation } = entry;
  const { internalTenant } = pool.backend;
  if (internalTenant) {
    const request = claimRequestOf(work, internalTenant);
    const command = { do: 'SupersedeEntry', generation, ...request } as const;
    await withinInternalQuota(host, pool, { ...internalTenant, signal }, async (askQuota) => {
      const serving = servingEntry(pool.cache.state(), request.content);
      // Where others have begun a successor, there is nothing to be asked.
      const isFirst = !serving || serving.generation === generation;
      const hasQuota = isFirst && (await askQuota(request.sizeGib, givenUpBy(command, pool.cache.state())));
      await pool.cache.submit({ ...command, hasQuota }, volume.context);
    });
    return { status: 'unusable' };
  }
  const reason = 'clone-limit';
  await pool.cache.submit({ do: 'RetireEntry', generation, reason, at: host.now() }, volume.context);
  await pool.cache.submit({ do: 'ReturnLease', volumeId: volume.id, reason }, volume.context);
  return { status: 'unusable' };
}
