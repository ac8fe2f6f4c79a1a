import type { ImageCacheEvent } from '@hearth/contracts';
import type { KeptBeside } from '@hearth/event-sourcing';

/** Names the shape of what is kept of them: to be changed with it. */
export const recentPrefetchesFingerprint = 'recent-prefetches/1';

/** Prefetches that are remembered: the latest. */
const rememberedMax = 20_000;

/**
 * When policies last asked for an image in a pool, whichever janitor carried them out: what failed is not asked for again before its
 * time.
 */
export class RecentPrefetches implements KeptBeside {
  private askedAt = new Map<string, number>();

  heard(pool: string, events: readonly ImageCacheEvent[]): void {
    for (const { type, data } of events) {
      if (type !== 'prefetch-requested' || !('policyId' in data.by)) continue;
      const key = keyOf(data.by.policyId, pool, data.imageId);
      this.askedAt.delete(key);
      this.askedAt.set(key, Date.parse(data.at));
      for (const oldest of this.askedAt.keys()) {
        if (this.askedAt.size <= rememberedMax) break;
        this.askedAt.delete(oldest);
      }
    }
  }

  /** All that is remembered, for a snapshot. */
  encode(): unknown {
    return [...this.askedAt];
  }

  /** Back from there. A shape that does not fit throws, and nothing is changed. */
  decode(json: unknown): void {
    this.askedAt = new Map(json as [string, number][]);
  }

  /** Milliseconds; undefined where it is not remembered. */
  atMs(policyId: string, pool: string, imageId: string): number | undefined {
    return this.askedAt.get(keyOf(policyId, pool, imageId));
  }
}

const keyOf = (...parts: readonly string[]): string => parts.join(' ');
