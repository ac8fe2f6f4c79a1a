import { notFound } from '@hearth/cinder-v3';
import { matchesPool } from '@hearth/domain';
import { type PoolRef, parsePoolRef } from '@hearth/kernel';
import { type CachePoolView, findCachePool } from '@hearth/read-model';
import type { VolumeServices } from '../volumes/volume-services';

/** A pool that has a cache. Throws a fault of 404. */
export async function findPool({ database }: Pick<VolumeServices, 'database'>, name: string): Promise<CachePoolView> {
  const pool = parsePoolRef(name) ? await findCachePool(database, name) : undefined;
  if (!pool) throw notFound('Pool', name);
  return pool;
}

/** A pool that a request means, and whether it was named as it is. */
export interface NamedPool {
  readonly pool: CachePoolView;
  readonly isExact: boolean;
}

/**
 * The pools that names and patterns mean, as policies have them; all where none is given. Throws a fault of 404 for one that means
 * none.
 */
export async function namedPools(
  { reads }: Pick<VolumeServices, 'reads'>,
  patterns: readonly string[] | undefined,
): Promise<readonly NamedPool[]> {
  const all = (await reads.listCachePools()).filter(({ pool }) => parsePoolRef(pool));
  if (!patterns) return all.map((pool) => ({ pool, isExact: false }));
  const meant = (pattern: string) => all.filter(({ pool }) => matchesPool(pattern, pool as PoolRef));
  for (const pattern of patterns) if (meant(pattern).length === 0) throw notFound('Pool', pattern);
  const found = new Set(patterns.flatMap(meant));
  return all.filter((pool) => found.has(pool)).map((pool) => ({ pool, isExact: patterns.includes(pool.pool) }));
}
