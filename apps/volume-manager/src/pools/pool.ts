import type { ObjectRef } from '@hearth/driver-api';
import { type CacheLimits, type ImageCache, type ImageCacheCommand, cacheLimits } from '@hearth/domain';
import type { Ledger } from '@hearth/event-sourcing';
import { type PoolRef, type VolumeId, poolParts } from '@hearth/kernel';
import type { Backend } from '../backends/backend';

/** The cache of one pool: its state in memory and the one queue through which this process appends to its stream. */
export type CacheLedger = Ledger<'image-cache', ImageCacheCommand, ImageCache>;

/** A pool of this host. */
export interface Pool {
  readonly ref: PoolRef;
  readonly backend: Backend;
  /** Open whether or not the cache is enabled: what was cached before still has to be reaped and settled. */
  readonly cache: CacheLedger;
  /** How many chores were tried of a kind that may stay owed for long: where the next run begins. */
  readonly tried: { reap: number; 'check-claim': number };
  /** Contents whose copy could not be cloned, though the backend has it: how often in a row. */
  readonly brokenClones: Map<string, number>;
  /** Ids of the images that this process uploads volumes as, now: it makes their entries, or is about to. */
  readonly uploads: Set<string>;
}

/** The backend's object is named after the volume, so that doing a step twice is harmless. */
export function objectOf(pool: Pick<Pool, 'ref'>, volumeId: VolumeId): ObjectRef {
  return { pool: poolParts(pool.ref).pool, name: `volume-${volumeId}` };
}

/** What its cache may hold now: a limit in percent is of the size that the pool was last seen with. */
export function limitsOf({ ref, backend }: Pool): CacheLimits {
  return cacheLimits(backend.cache, backend.totalGib.get(ref) ?? null);
}
