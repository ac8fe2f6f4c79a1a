import type { ImageCacheEvent } from '@hearth/contracts';
import { type Log, metrics } from '@hearth/platform';

const evictions = metrics.counter('hearth_janitor_evictions_total', 'Entries that passes have retired, by reason.');
const suspensions = metrics.counter(
  'hearth_janitor_suspensions_total',
  'Entries that stopped or began to serve as their image went or came: deactivated, deleted, hidden, resumed.',
);
const prefetches = metrics.counter(
  'hearth_janitor_prefetches_total',
  'Prefetches that passes have asked for (requested), taken back, or ended, by outcome.',
);

/** A line of the log, and a count, for what a pass has done to a pool's cache. */
export function tellOf(log: Log, pool: string, { type, data }: ImageCacheEvent): void {
  const about = { pool, ...('imageId' in data && { imageId: data.imageId }) };
  switch (type) {
    case 'evict': {
      const { generation, sizeGib, reason, policy } = data;
      evictions.add(1, { reason });
      return log.info('an entry was retired', { ...about, generation, sizeGib, reason, ...(policy && { policy }) });
    }
    case 'suspended': {
      const { generation, cause: reason } = data;
      suspensions.add(1, { reason });
      return log.warn('an entry serves nobody until its image can be used again', { ...about, generation, reason });
    }
    case 'resumed':
      suspensions.add(1, { reason: 'resumed' });
      return log.info('an entry serves again: its image is active', { ...about, generation: data.generation });
    case 'prefetch-requested':
      prefetches.add(1, { outcome: 'requested' });
      return log.info('an image was asked for', { ...about, prefetchId: data.prefetchId, by: data.by });
    case 'prefetch-cancelled':
      return log.info('a prefetch was taken back', { pool, prefetchId: data.prefetchId, by: data.by });
    case 'prefetch-ended': {
      const { prefetchId, outcome, failure } = data;
      prefetches.add(1, { outcome });
      return log.info('a prefetch has ended', { ...about, prefetchId, outcome, ...(failure && { failure }) });
    }
    case 'pinned':
    case 'unpinned':
      return log.info(`an image was ${type}`, { ...about, by: data.by });
    default:
      return;
  }
}
