import type { PoolReport } from '@hearth/contracts';

/**
 * GiB that may still be promised on a pool: what is free less the reserve; on a thin pool also what oversubscription leaves,
 * whichever is less generous (Cinder's capacity filter).
 */
export function promisableGib(pool: PoolReport): number {
  const reservedGib = Math.floor((pool.totalGib * pool.reservedPercent) / 100);
  const freeGib = pool.freeGib - reservedGib;
  if (!pool.thin) return freeGib;
  const unpromisedGib = pool.totalGib * pool.oversubscriptionMax - pool.provisionedGib;
  return Math.min(freeGib * pool.oversubscriptionMax, unpromisedGib);
}
