import type { CachePolicyEvent, ImageCacheEvent } from '@hearth/contracts';
import type { Generation, ProjectId } from '@hearth/kernel';
import { type DataOf, image, imageId, operator, prefetchId, volumeId } from './sample-things';

// What operators, policies and the passes do with the cache of a pool.

const at = '2026-03-01T00:00:00Z';

/** An event of a pool's stream. */
export function cacheFact<Type extends ImageCacheEvent['type']>(
  type: Type,
  data: DataOf<ImageCacheEvent, Type>,
): ImageCacheEvent {
  return { type, data } as ImageCacheEvent;
}

export const suspended = (generation: number): ImageCacheEvent =>
  cacheFact('suspended', {
    ...{ generation: generation as Generation, imageId: imageId(generation), cause: 'deactivated', at },
  });
export const resumed = (generation: number): ImageCacheEvent =>
  cacheFact('resumed', { generation: generation as Generation, imageId: imageId(generation), at });
export const pinned = (ordinal: number, note: string | null = null, contents?: string[]): ImageCacheEvent =>
  cacheFact('pinned', { imageId: imageId(ordinal), by: operator, note, at, ...(contents && { contents }) });
export const unpinned = (ordinal: number): ImageCacheEvent =>
  cacheFact('unpinned', { imageId: imageId(ordinal), by: operator, at });
export const switchedOff = (ready: 'drain' | 'stay' = 'drain'): ImageCacheEvent =>
  cacheFact('switched-off', { ready, by: operator, at });
export const switchedOn: ImageCacheEvent = cacheFact('switched-on', { by: operator, at });
export const asked = (ordinal: number): ImageCacheEvent =>
  cacheFact('asked', {
    ...{ content: `content-${ordinal}`, imageId: imageId(ordinal), volumeId: volumeId(ordinal) },
    ...{ projectId: 'demo' as ProjectId, at },
  });
export const prefetchRequested = (ordinal: number): ImageCacheEvent =>
  cacheFact('prefetch-requested', {
    ...{ prefetchId: prefetchId(ordinal), imageId: imageId(ordinal), image: image(ordinal) },
    ...{ by: operator, at, deadline: '2026-03-02T00:00:00Z', pin: true },
  });
export const prefetchCancelled = (ordinal: number): ImageCacheEvent =>
  cacheFact('prefetch-cancelled', { prefetchId: prefetchId(ordinal), by: operator, at });
export const prefetchEnded = (ordinal: number, outcome: 'cached' | 'cancelled' = 'cached'): ImageCacheEvent =>
  cacheFact('prefetch-ended', {
    ...{ prefetchId: prefetchId(ordinal), imageId: imageId(ordinal), outcome, failure: null, at },
    generation: ordinal as Generation,
  });
export const dependantsCounted = (generation: number, count: number): ImageCacheEvent =>
  cacheFact('dependants-counted', { generation: generation as Generation, count, at });
export const sizeCorrected = (generation: number, sizeGib: number): ImageCacheEvent =>
  cacheFact('size-corrected', { generation: generation as Generation, sizeGib, wasGib: 2, at });
export const policyDefined = (patch: Partial<DataOf<CachePolicyEvent, 'defined'>> = {}): CachePolicyEvent => ({
  type: 'defined',
  data: {
    ...{ name: 'latest', selector: { name: 'debian' }, pools: ['*'], keep: 1, pin: true, everySeconds: 3_600 },
    ...{ enabled: true, by: operator, at },
    ...patch,
  },
});
export const policyRemoved: CachePolicyEvent = { type: 'removed', data: { by: operator, at } };
