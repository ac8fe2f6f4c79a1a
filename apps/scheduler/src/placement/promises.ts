import type { PoolRef, VolumeId } from '@hearth/kernel';

interface Promised {
  readonly pool: PoolRef;
  readonly sizeGib: number;
  /** Reports of the pool that have to come before its figures can be trusted to hold the volume; undefined while it is being made. */
  reportsLeft: number | undefined;
}

/** A report may have been put together just before the create ended: the one after it counts the volume for sure. */
const reportsToWait = 2;

/**
 * GiB that were given to volumes which the pools' own figures do not hold yet, so that a burst of creates between two reports does
 * not overfill a pool.
 */
export class Promises {
  private readonly byVolume = new Map<VolumeId, Promised>();
  private readonly byPool = new Map<PoolRef, number>();

  /** GiB promised on a pool beyond its last report. */
  on(pool: PoolRef): number {
    return this.byPool.get(pool) ?? 0;
  }

  get size(): number {
    return this.byVolume.size;
  }

  /**
   * A volume is given to a pool; takes the place of what it was promised before. What is returned takes this back, unless something
   * else has become of the volume meanwhile.
   */
  make(volumeId: VolumeId, pool: PoolRef, sizeGib: number): () => void {
    const before = this.byVolume.get(volumeId);
    const promised: Promised = { pool, sizeGib, reportsLeft: undefined };
    this.put(volumeId, promised);
    return () => {
      if (this.byVolume.get(volumeId) !== promised) return;
      if (before) this.put(volumeId, before);
      else this.drop(volumeId);
    };
  }

  /** The pool has what was promised: its reports will say so. */
  keep(volumeId: VolumeId): void {
    const promised = this.byVolume.get(volumeId);
    if (promised) promised.reportsLeft ??= reportsToWait;
  }

  /** The volume will not be there. */
  drop(volumeId: VolumeId): void {
    const promised = this.byVolume.get(volumeId);
    if (!promised) return;
    this.byVolume.delete(volumeId);
    const left = this.on(promised.pool) - promised.sizeGib;
    if (left > 0) this.byPool.set(promised.pool, left);
    else this.byPool.delete(promised.pool);
  }

  /** Pools have reported anew. */
  reported(pools: ReadonlySet<PoolRef>): void {
    for (const [volumeId, promised] of this.byVolume) {
      if (promised.reportsLeft === undefined || !pools.has(promised.pool)) continue;
      promised.reportsLeft -= 1;
      if (promised.reportsLeft === 0) this.drop(volumeId);
    }
  }

  private put(volumeId: VolumeId, promised: Promised): void {
    this.drop(volumeId);
    this.byVolume.set(volumeId, promised);
    this.byPool.set(promised.pool, this.on(promised.pool) + promised.sizeGib);
  }
}
