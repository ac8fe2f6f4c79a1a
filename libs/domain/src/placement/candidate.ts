import type { PoolReport } from '@hearth/contracts';
import type { PoolRef } from '@hearth/kernel';
import type { VolumeRequest } from '../volume/volume.state';

/** A pool as the scheduler sees it: its last report, and what its cache says about the image in question. */
export interface Candidate extends PoolReport {
  readonly image: 'ready' | 'filling' | 'absent';
}

export interface PlacementRequest {
  readonly request: VolumeRequest;
  /** Pools that were tried and gave the volume back. */
  readonly tried: readonly PoolRef[];
}

/** True, or a sentence that says why the pool will not do. */
export type Filter = (request: PlacementRequest, pool: Candidate) => true | string;

/** 0 to 1 for a pool among those that passed the filters. */
export type Weigher = (request: PlacementRequest, pool: Candidate, others: readonly Candidate[]) => number;
