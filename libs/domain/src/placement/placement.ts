import type { VolumeEvent } from '@hearth/contracts';
import type { Candidate, Filter, PlacementRequest, Weigher } from './candidate';
import { availabilityZone } from './filters/availability-zone.filter';
import { capabilities } from './filters/capabilities.filter';
import { capacity } from './filters/capacity.filter';
import { notTried } from './filters/not-tried.filter';
import { samePool } from './filters/same-pool.filter';
import { freeCapacity } from './weighers/free-capacity.weigh';
import { imageLocality } from './weighers/image-locality.weigh';

/** Read top to bottom: the first filter that says no names the reason. */
export const filters: readonly Filter[] = [notTried, samePool, availabilityZone, capacity, capabilities];

/** Locality outweighs room: a clone in milliseconds is worth more than an even spread, which the capacity filter bounds. */
export const weighers: readonly { readonly weigh: Weigher; readonly weight: number }[] = [
  { weigh: imageLocality, weight: 2 },
  { weigh: freeCapacity, weight: 1 },
];

export type Rejected = Extract<VolumeEvent, { type: 'VolumePlaced' }>['data']['rejected'];

export interface Placement {
  /** The best pool; undefined when no pool will do. */
  readonly chosen: Candidate | undefined;
  /** The pools that were filtered out, each with its reason. */
  readonly rejected: Rejected;
}

/** Chooses the pool for a volume. Equal weights are decided by name, so that the same facts give the same choice. */
export function place(request: PlacementRequest, pools: readonly Candidate[]): Placement {
  const rejected: Rejected[number][] = [];
  const fit = pools.filter((pool) => {
    const reason = refusedBy(request, pool);
    if (reason) rejected.push({ pool: pool.pool, reason });
    return !reason;
  });
  const weighed = fit
    .map((pool) => ({ pool, weight: weightOf(request, pool, fit) }))
    .sort((one, other) => other.weight - one.weight || (one.pool.pool < other.pool.pool ? -1 : 1));
  return { chosen: weighed[0]?.pool, rejected };
}

function refusedBy(request: PlacementRequest, pool: Candidate): string | undefined {
  for (const filter of filters) {
    const verdict = filter(request, pool);
    if (verdict !== true) return verdict;
  }
  return undefined;
}

function weightOf(request: PlacementRequest, pool: Candidate, fit: readonly Candidate[]): number {
  return weighers.reduce((sum, { weigh, weight }) => sum + weight * weigh(request, pool, fit), 0);
}
