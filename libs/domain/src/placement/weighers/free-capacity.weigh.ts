import type { Weigher } from '../candidate';
import { promisableGib } from '../room';

/** The roomiest pool weighs 1, the others in proportion. */
export const freeCapacity: Weigher = (_request, pool, others) => {
  const roomiestGib = Math.max(...others.map(promisableGib));
  return roomiestGib > 0 ? promisableGib(pool) / roomiestGib : 0;
};
