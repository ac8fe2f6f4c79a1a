import { effectiveCacheSettings } from '@hearth/contracts';
import { type Chore, claimOf, entryOf, owedChores, uploadKey } from '@hearth/domain';
import { DriverError } from '@hearth/driver-api';
import { type LiveHosts, StoreUnavailableError } from '@hearth/event-sourcing';
import type { Host } from '../host/host';
import { countReaped } from '../host/metrics';
import { KnownVolume } from '../volumes/known-volume';
import { settleClaims } from '../volumes/settle-claims';
import { inTurnOf, isAtWork } from '../volumes/turns';
import { type Pool, objectOf } from './pool';
import type { Prefetches } from './prefetches';

/** Chores of one run; what is left is owed to the next. */
const choresMax = 500;

/** Of those, what is kept for each kind that may stay owed for long. */
const shareMin = 100;

/** Does what the pool's cache owes. A chore that fails is logged and owed again; a log that is away ends the run with its error. */
export async function doChores(
  host: Host,
  pool: Pool,
  live: LiveHosts,
  prefetches: Pick<Prefetches, 'begin' | 'stop'>,
): Promise<void> {
  await pool.cache.refresh();
  const isAlive = (process: { readonly host: string; readonly incarnation: string }) =>
    process.host === host.name
      ? process.incarnation === host.incarnation
      : live.get(process.host)?.incarnation === process.incarnation;
  const { graceSeconds } = effectiveCacheSettings(pool.backend.cache);
  const all = owedChores(pool.cache.state(), isAlive, { now: host.now(), graceSeconds });
  const known = all.filter((chore) => isWorthALook(host, pool, chore));
  const owed = [...leftByUploads(host, pool), ...known];
  const later = owed.length - choresMax;
  if (later > 0) host.log.warn('a cache owes more than one run does', { pool: pool.ref, owed: owed.length, later });
  for (const chore of fairShare(owed, pool)) await tryChore({ host, pool, prefetches }, chore);
}

/** Entries that this very process began for uploads which have ended, and could not end with them: nobody else is going to. */
function leftByUploads({ name, incarnation }: Host, pool: Pool): Chore[] {
  const chores: Chore[] = [];
  for (const { status, filler, generation, content, image } of pool.cache.state().entries.values()) {
    const isOurs = filler.host === name && filler.incarnation === incarnation;
    if (status !== 'filling' || !isOurs || content !== uploadKey(image.id) || pool.uploads.has(image.id)) continue;
    chores.push({ do: 'abandon-fill', generation, host: name, incarnation });
  }
  return chores;
}

/** A create that is being worked on settles its own claim, and one that waits for another's fill has not ended. */
function isWorthALook(host: Host, pool: Pool, chore: Chore): boolean {
  if (chore.do !== 'check-claim') return true;
  if (isAtWork(host, chore.volumeId)) return false;
  const held = claimOf(pool.cache.state(), chore.volumeId);
  return held?.entry?.status !== 'filling' || held.claim.stage === 'filling';
}

/**
 * At most `choresMax`. What may stay owed for long, claims that are held and image-volumes that cannot go yet, must hide neither each other
 * nor what is behind them: of each some are tried in every run, which starts where the last one ended.
 */
function fairShare(owed: readonly Chore[], pool: Pool): readonly Chore[] {
  const kept = (kind: keyof Pool['tried']) => owed.filter(({ do: what }) => what === kind);
  const [reaps, claims] = [kept('reap'), kept('check-claim')];
  const roomFor = (chores: readonly Chore[]) => Math.min(chores.length, shareMin);
  const urgent = owed
    .filter(({ do: what }) => what !== 'reap' && what !== 'check-claim')
    .slice(0, choresMax - roomFor(reaps) - roomFor(claims));
  const reaped = inTurn(pool, 'reap', reaps, choresMax - urgent.length - roomFor(claims));
  const checked = inTurn(pool, 'check-claim', claims, choresMax - urgent.length - reaped.length);
  return [...urgent, ...reaped, ...checked];
}

function inTurn({ tried }: Pool, kind: keyof Pool['tried'], owed: readonly Chore[], room: number): readonly Chore[] {
  const from = owed.length === 0 ? 0 : tried[kind] % owed.length;
  const now = [...owed.slice(from), ...owed.slice(0, from)].slice(0, room);
  tried[kind] += now.length;
  return now;
}

interface ChoreWork {
  readonly host: Host;
  readonly pool: Pool;
  readonly prefetches: Pick<Prefetches, 'begin' | 'stop'>;
}

async function tryChore(work: ChoreWork, chore: Chore): Promise<void> {
  const { host, pool } = work;
  try {
    await doChore(work, chore);
  } catch (error) {
    if (error instanceof StoreUnavailableError) throw error;
    host.log.error('a chore of a cache failed', { pool: pool.ref, chore, error });
  }
}

async function doChore({ host, pool, prefetches }: ChoreWork, chore: Chore): Promise<void> {
  switch (chore.do) {
    case 'abandon-fill':
      return abandonFill(host, pool, chore);
    case 'release-waiters':
      await pool.cache.submit({ do: 'ReleaseWaiters', generation: chore.generation });
      return;
    case 'reap':
      return reap(host, pool, chore);
    case 'drain':
    case 'expire-grace':
      return prune(host, pool, chore.count);
    case 'stop-prefetch':
      return prefetches.stop(pool, chore);
    case 'expire-prefetch': {
      const end = { outcome: 'expired', generation: null, failure: null, at: host.now() } as const;
      await pool.cache.submit({ do: 'EndPrefetch', prefetchId: chore.prefetchId, ...end });
      return;
    }
    case 'run-prefetch':
      return prefetches.begin(pool, chore);
    case 'check-claim':
      return checkClaim(host, pool, chore);
  }
}

async function abandonFill(host: Host, pool: Pool, chore: Extract<Chore, { do: 'abandon-fill' }>): Promise<void> {
  const { generation } = chore;
  const isOurs = chore.incarnation === host.incarnation;
  const why = isOurs ? 'what it was for has ended' : 'its process is no more';
  host.log.warn(`a fill was given up: ${why}`, { pool: pool.ref, generation, filler: chore.host });
  const reason = `What copied the image ended before it was done: ${why}.`;
  const failure = { code: 'image.copy_failed', reason } as const;
  await pool.cache.submit({ do: 'FailFill', generation, failure, transient: true, at: host.now() });
}

/** Under the turn of the image-volume, so that two runs do not remove it side by side. */
function reap(host: Host, pool: Pool, { generation, imageVolumeId }: Extract<Chore, { do: 'reap' }>): Promise<void> {
  return host.turns.run(imageVolumeId, async () => {
    const entry = entryOf(pool.cache.state(), generation);
    if (entry?.status !== 'retired' || entry.leases > 0 || entry.reaped) return;
    const about = { pool: pool.ref, generation, imageVolumeId };
    try {
      await pool.backend.driver.remove(objectOf(pool, imageVolumeId));
    } catch (error) {
      const level = error instanceof DriverError && error.code === 'has-dependants' ? 'info' : 'warn';
      host.log[level]('a retired image-volume stays for now', { ...about, error });
      return;
    }
    await pool.cache.submit({ do: 'RecordReaped', generation });
    countReaped(pool.ref);
    host.log.info('a retired image-volume was removed', about);
  });
}

async function prune(host: Host, pool: Pool, evictionsMax: number): Promise<void> {
  const rule = { kind: 'ageing', ...effectiveCacheSettings(pool.backend.cache) } as const;
  await pool.cache.submit({ do: 'Prune', rule, evictionsMax, at: host.now() });
}

async function checkClaim(host: Host, pool: Pool, { volumeId }: Extract<Chore, { do: 'check-claim' }>): Promise<void> {
  // It may have come to work since we looked; to wait for it would hold up all other chores.
  if (isAtWork(host, volumeId)) return;
  await inTurnOf(host, volumeId, async () => {
    if (!claimOf(pool.cache.state(), volumeId)) return;
    await settleClaims(host, await KnownVolume.read(host.store, volumeId));
  });
}
