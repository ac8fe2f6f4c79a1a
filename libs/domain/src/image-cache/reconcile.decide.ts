import type { ImageCacheEvent, RefusalCode } from '@hearth/contracts';
import { type Decision, refuse } from '@hearth/kernel';
import { planTrim } from '../eviction/room';
import type { CommandOf } from './image-cache.commands';
import { evolve } from './image-cache.evolve';
import { type ImageCache, entryOf } from './image-cache.state';
import { evicted, evictionsAtOnceMax } from './retire.decide';

/** Counts that one commit may hold: it keeps a commit well under its limit in bytes. */
export const countedAtOnceMax = 2_000;

export function correctSize(
  { generation, sizeGib, limits, at }: CommandOf<'CorrectSize'>,
  cache: ImageCache,
): Decision<ImageCacheEvent, RefusalCode> {
  const entry = entryOf(cache, generation);
  if (!entry) return refuse('image-cache.entry_not_found', { generation });
  if (entry.sizeGib === sizeGib) return [];
  const corrected: ImageCacheEvent = {
    type: 'size-corrected',
    data: { generation, sizeGib, wasGib: entry.sizeGib, at },
  };
  if (!limits) return [corrected];
  const { policy = 'lru' } = limits;
  const over = planTrim(
    evolve(cache, corrected),
    { ...limits, startPercent: 100, stopPercent: 100 },
    evictionsAtOnceMax,
  );
  return [corrected, ...over.map((each) => evicted(each, 'limit', { policy, at }))];
}

export function recordOrphan({ objectName, sizeGib, at }: CommandOf<'RecordOrphan'>): readonly ImageCacheEvent[] {
  return [{ type: 'orphan-removed', data: { objectName, sizeGib, at } }];
}

export function countDependants(
  { counts, at }: CommandOf<'CountDependants'>,
  cache: ImageCache,
): readonly ImageCacheEvent[] {
  const last = new Map(counts.map(({ generation, count }) => [generation, count]));
  const changed = [...last].filter(([generation, count]) => {
    const entry = entryOf(cache, generation);
    return entry !== undefined && entry.dependants !== count;
  });
  return changed
    .slice(0, countedAtOnceMax)
    .map(([generation, count]) => ({ type: 'dependants-counted', data: { generation, count, at } }));
}
