import type { Filter } from '../candidate';

/** A pool that gave the volume back is not asked again (Cinder's retry may land on it once more). */
export const notTried: Filter = ({ tried }, { pool }) => !tried.includes(pool) || 'has already given this volume back';
