import type { Weigher } from '../candidate';
import { roominessGib } from '../room';

/** The roomiest pool weighs 1, the others in proportion. */
export const freeCapacity: Weigher = (_request, pool, others) => {
  const roomiestGib = Math.max(...others.map(roominessGib));
  return roomiestGib > 0 ? Math.max(0, roominessGib(pool)) / roomiestGib : 0;
};
