import type { ImageCacheEvent } from '@hearth/contracts';
import type { CachePrefetchRow } from '../tables/cache-prefetches.table';
import { poolOccurrence } from './log-clock.projection';
import { instantOf, ofCategory, type Occurrence, type Projection } from './projection';

/** A pool's stream: one row a prefetch. */
export const cachePrefetchesProjection: Projection = {
  name: 'cache-prefetches',
  needs(rows, commits) {
    for (const { events } of commits.flatMap((commit) => ofCategory(commit, 'image-cache') ?? [])) {
      for (const event of events) {
        const id = prefetchIdOf(event);
        if (id !== undefined) rows.cachePrefetches.want({ id });
      }
    }
  },
  apply(rows, commit) {
    const ofCache = ofCategory(commit, 'image-cache');
    if (!ofCache) return;
    const occurrence = poolOccurrence(rows, commit);
    for (const event of ofCache.events) {
      const id = prefetchIdOf(event);
      if (id === undefined) continue;
      const before = rows.cachePrefetches.get({ id });
      const row = changed(before, event, occurrence);
      if (row && row !== before) rows.cachePrefetches.put(row);
    }
  },
};

function prefetchIdOf({ data }: ImageCacheEvent): string | undefined {
  return 'prefetchId' in data ? data.prefetchId : undefined;
}

function changed(
  row: CachePrefetchRow | undefined,
  { type, data }: ImageCacheEvent,
  { at, streamId }: Occurrence,
): CachePrefetchRow | undefined {
  if (type === 'prefetch-requested') return row ?? requested(data, streamId, at);
  if (!row || row.endedAt !== null) return row;
  switch (type) {
    case 'fill-started':
      return { ...row, status: 'running', generation: data.generation, imageName: data.image.name };
    case 'prefetch-cancelled':
      return { ...row, cancelledAt: at };
    case 'prefetch-ended': {
      const { outcome, generation, failure } = data;
      return { ...row, status: outcome, generation: generation ?? row.generation, failure, endedAt: at };
    }
    default:
      return row;
  }
}

type Requested = Extract<ImageCacheEvent, { type: 'prefetch-requested' }>['data'];

function requested({ prefetchId, imageId, image, by, deadline, pin }: Requested, pool: string, at: string) {
  return {
    ...{ id: prefetchId, pool, imageId, imageName: image?.name ?? null, pin, status: 'queued' },
    ...{ requestedBy: by, requestedAt: at, deadline: deadline === null ? null : instantOf(deadline) },
    ...{ cancelledAt: null, generation: null, failure: null, endedAt: null },
  } satisfies CachePrefetchRow;
}
