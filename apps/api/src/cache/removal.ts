import type { PoolRemoval, RemovedEntry } from '@hearth/cinder-v3';
import type { EvictReason } from '@hearth/contracts';
import { type CacheEntry, type ImageCache, isIdle, isPinned } from '@hearth/domain';
import { wasRefused } from '@hearth/event-sourcing';
import type { CachePoolView } from '@hearth/read-model';
import type { CallContext } from '../http/request-context';
import type { VolumeServices } from '../volumes/volume-services';
import { actOf, ask, openPoolCache, type PoolCache } from './pool-cache';

/** An entry that is to go, and why. */
export interface Doomed {
  readonly entry: CacheEntry;
  readonly reason: EvictReason;
}

/** What of a pool is to go, the first to go first. Idle entries alone. */
export type RemovalPlan = (cache: ImageCache, pool: CachePoolView) => Iterable<Doomed> | Promise<Iterable<Doomed>>;

export interface RemovalOptions {
  /** Entries in all. */
  readonly max: number;
  /** Only tells what would go. */
  readonly dryRun: boolean;
}

/** Decided together: the ledger makes commits of them that keep their size. */
const atOnce = 250;

/**
 * Carries out a plan in some pools, one after the other, until so many entries went; what is left is counted. An entry that was used,
 * pinned, suspended or resumed after it was planned stays, and one that somebody else has removed meanwhile is not counted.
 * Throws `StoreUnavailableError`: what was decided before stays decided, and asking again goes on.
 */
export async function removeFrom(
  services: VolumeServices,
  pools: readonly CachePoolView[],
  plan: RemovalPlan,
  { max, dryRun }: RemovalOptions,
  call: CallContext,
): Promise<readonly PoolRemoval[]> {
  const removals: PoolRemoval[] = [];
  let left = max;
  let sequence = 0;
  for (const pool of pools) {
    const cache = await openPoolCache(services, pool.pool);
    const before = cache.state();
    const planned = [...(await plan(before, pool))];
    const taken = planned.slice(0, left);
    const gone = dryRun ? taken : await retire(services, { cache, before, taken }, call);
    left -= taken.length;
    sequence = Math.max(sequence, dryRun ? 0 : cache.sequence());
    removals.push({
      ...{ pool: pool.pool, entries: gone.map((doomed) => removed(pool.pool, doomed)) },
      ...{ remaining: planned.length - taken.length, skipped: taken.length - gone.length },
      ...whatStays(cache.state()),
    });
  }
  if (sequence > 0) await services.projected(sequence);
  return removals;
}

async function retire(
  services: VolumeServices,
  { cache, before, taken }: { cache: PoolCache; before: ImageCache; taken: readonly Doomed[] },
  call: CallContext,
): Promise<readonly Doomed[]> {
  const act = actOf(services, call);
  const gone: Doomed[] = [];
  for (let start = 0; start < taken.length; start += atOnce) {
    const some = taken.slice(start, start + atOnce);
    const answers = await Promise.all(
      some.map(({ entry, reason }) => {
        const { generation } = entry;
        const only = { ifIdle: true, unlessPinned: !isPinned(before, entry), ifStill: entry };
        return ask(cache, { do: 'RetireEntry', generation, reason, ...only, ...act }, call);
      }),
    );
    gone.push(...some.filter((_, at) => hasHappened(answers[at]!)));
  }
  return gone;
}

const hasHappened = (answer: Awaited<ReturnType<typeof ask>>) => !wasRefused(answer) && answer.events.length > 0;

function removed(pool: string, { entry, reason }: Doomed): RemovedEntry {
  const { imageVolumeId, generation, imageId, sizeGib } = entry;
  return { imageVolumeId, pool, generation, imageId, sizeGib, reason };
}

/** Why the rest is still there. */
function whatStays(cache: ImageCache) {
  const stays = { inUse: 0, pinned: 0, filling: 0, retiredCount: 0, retiredGib: 0 };
  for (const entry of cache.entries.values()) {
    if (entry.status === 'filling') stays.filling += 1;
    else if (entry.status === 'ready' && !isIdle(entry)) stays.inUse += 1;
    else if (entry.status === 'ready' && isPinned(cache, entry)) stays.pinned += 1;
    else if (entry.status === 'retired' && !entry.reaped) {
      stays.retiredCount += 1;
      stays.retiredGib += entry.sizeGib;
    }
  }
  return stays;
}
