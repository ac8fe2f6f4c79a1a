import type { ImageCacheEvent } from '@hearth/contracts';
import type { CacheUseRow } from '../tables/cache-uses.table';
import { dispatch, occurrenceOf, ofCategory, type Handlers, type Occurrence, type Projection } from './projection';

/** A pool's stream: one row for every create that used its cache. */
export const cacheUsesProjection: Projection = {
  name: 'cache-uses',
  needs: () => undefined,
  apply(rows, commit) {
    const ofCache = ofCategory(commit, 'image-cache');
    if (!ofCache) return;
    const occurrence = occurrenceOf(commit);
    for (const event of ofCache.events) {
      const use = dispatch<ImageCacheEvent, undefined, Use>(on, undefined, event, occurrence);
      if (use) rows.cacheUses.put(use);
    }
  },
};

type Use = CacheUseRow | undefined;
const none = (): Use => undefined;

const on = {
  hit: (_none, { joined, ...use }, occurrence) =>
    useOf(use, occurrence, { outcome: joined ? 'joined' : 'hit', failed: false }),
  miss: (_none, { failed, ...use }, occurrence) => useOf(use, occurrence, { outcome: 'miss', failed }),
  'fill-started': none,
  identified: none,
  'fill-sized': none,
  joined: none,
  create: none,
  'fill-failed': none,
  released: none,
  leased: none,
  'lease-ended': none,
  evict: none,
  verified: none,
  'verify-failed': none,
  reaped: none,
  suspended: none,
  resumed: none,
  pinned: none,
  unpinned: none,
  'switched-off': none,
  'switched-on': none,
  asked: none,
  'prefetch-requested': none,
  'prefetch-cancelled': none,
  'prefetch-ended': none,
  'dependants-counted': none,
  'size-corrected': none,
  'orphan-removed': none,
} satisfies Handlers<ImageCacheEvent, undefined, Use>;

function useOf(
  use: Omit<CacheUseRow, 'pool' | 'usedAt' | 'outcome' | 'failed'>,
  { streamId, at }: Occurrence,
  ended: Pick<CacheUseRow, 'outcome' | 'failed'>,
): CacheUseRow {
  return { ...use, ...ended, pool: streamId, usedAt: at };
}
