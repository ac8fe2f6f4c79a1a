import type { ManageableAnswer } from '@hearth/contracts';

/** Asks hosts what lies in their pools. */
export interface ManageableObjects {
  /** What the host of a pool answers; undefined when it does not answer in time. */
  list(pool: string): Promise<ManageableAnswer | undefined>;
}
