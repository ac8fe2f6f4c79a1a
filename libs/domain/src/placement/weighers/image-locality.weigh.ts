import type { Weigher } from '../candidate';

/** A pool that holds the image clones it in milliseconds; one that is filling will soon. */
export const imageLocality: Weigher = (_request, pool) => ({ ready: 1, filling: 0.75, absent: 0 })[pool.image];
