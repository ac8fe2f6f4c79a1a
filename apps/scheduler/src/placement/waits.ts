import type { VolumeId } from '@hearth/kernel';

/** Waits that are remembered; beyond this the oldest are forgotten and begin anew. */
const waitsMax = 20_000;

/**
 * How long volumes have waited here for pools to report. A wait begins with the first look that found no pool, not with the
 * request: after an outage of the broker, or of this process, the hosts' reports have expired too, and nobody was waited for yet.
 */
export class Waits {
  private readonly sinceMs = new Map<VolumeId, number>();

  /** Milliseconds since the first look; it begins with this one unless it has begun. */
  of(volumeId: VolumeId, nowMs: number): number {
    const since = this.sinceMs.get(volumeId);
    if (since !== undefined) return nowMs - since;
    this.sinceMs.set(volumeId, nowMs);
    const [oldest] = this.sinceMs.keys();
    if (this.sinceMs.size > waitsMax && oldest !== undefined) this.sinceMs.delete(oldest);
    return 0;
  }

  end(volumeId: VolumeId): void {
    this.sinceMs.delete(volumeId);
  }
}
