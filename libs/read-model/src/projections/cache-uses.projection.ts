import type { ImageCacheEvent } from '@hearth/contracts';
import type { CacheUseRow } from '../tables/cache-uses.table';
import { poolOccurrence } from './log-clock.projection';
import { ofCategory, type Occurrence, type Projection } from './projection';

/** A pool's stream: one row for every use that a create made of its cache. Comes after the entries, whose hits it counts on. */
export const cacheUsesProjection: Projection = {
  name: 'cache-uses',
  needs: () => undefined,
  apply(rows, commit) {
    const ofCache = ofCategory(commit, 'image-cache');
    if (!ofCache) return;
    const occurrence = poolOccurrence(rows, commit);
    const later = new Map<number, number>();
    for (const [ordinal, event] of [...ofCache.events.entries()].reverse()) {
      if (event.type !== 'hit' && event.type !== 'miss') continue;
      const { generation } = event.data;
      const hitsAfter = later.get(generation) ?? 0;
      const entry = rows.cacheEntries.get({ pool: commit.stream.id, generation });
      rows.cacheUses.put(useOf(event, ordinal, (entry?.hits ?? 0) - hitsAfter, occurrence));
      if (event.type === 'hit' && entry) later.set(generation, hitsAfter + 1);
    }
  },
};

function useOf(
  { type, data }: Extract<ImageCacheEvent, { type: 'hit' | 'miss' }>,
  ordinal: number,
  entryHits: number,
  { streamId, at, sequence }: Occurrence,
): CacheUseRow {
  const { volumeId, generation, imageId, projectId, userId, sizeGib, volumeType, requestId } = data;
  return {
    ...{ volumeId, pool: streamId, generation, imageId, projectId, userId, sizeGib, volumeType, requestId },
    ...(type === 'hit'
      ? { outcome: data.joined ? ('joined' as const) : ('hit' as const), failed: false }
      : { outcome: 'miss' as const, failed: data.failed }),
    ...{ usedAt: at, sequence, ordinal, entryHits },
  };
}
