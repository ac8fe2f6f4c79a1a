import type { Filter } from '../candidate';

/** What is made from a volume, a snapshot or an object of a backend is made where that is. */
export const samePool: Filter = ({ request: { source } }, { pool }) =>
  source === undefined ||
  source.pool === pool ||
  `does not hold what the volume is made from: that is on ${source.pool}`;
