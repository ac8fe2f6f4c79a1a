import type { PoolReport } from '@hearth/contracts';

/**
 * GiB that may still be promised on a pool: what is free less the reserve; on a thin pool also what oversubscription leaves,
 * whichever is less generous (Cinder's capacity filter).
 */
export function promisableGib(pool: PoolReport): number {
  const freeGib = freeOf(pool);
  if (!pool.thin) return freeGib;
  return Math.min(freeGib * pool.oversubscriptionMax, unpromisedOf(pool));
}

/**
 * How roomy a pool is beside others, in GiB. On a thin pool both kinds of room count, in equal parts: images take real room,
 * blank volumes only the promise. The lesser of the two would not do: on a disk that other things fill to a quarter that is
 * always the real room, which promises do not change, and a burst of creates would go to one host for a few bytes more.
 */
export function roominessGib(pool: PoolReport): number {
  const freeGib = freeOf(pool);
  if (!pool.thin) return freeGib;
  return (freeGib * pool.oversubscriptionMax + unpromisedOf(pool)) / 2;
}

function freeOf(pool: PoolReport): number {
  return pool.freeGib - Math.floor((pool.totalGib * pool.reservedPercent) / 100);
}

function unpromisedOf(pool: PoolReport): number {
  return pool.totalGib * pool.oversubscriptionMax - pool.provisionedGib;
}
