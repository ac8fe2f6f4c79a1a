import type { CacheSettings, ImageCacheEvent } from '@hearth/contracts';
import { cachePool, generationOf, imageOf, volumeOf } from '@hearth/domain/testing';
import { janitorHouse, settings } from './janitor-house';

export const minuteMs = 60_000;
export const dayMs = 1_440 * minuteMs;

export const leased = (generation: number, volume: number): ImageCacheEvent => ({
  type: 'leased',
  data: { generation: generationOf(generation), volumeId: volumeOf(volume), outcome: 'hit' },
});

/** A pool with copies of images that are active, and a janitor that looks after them when it is told to. */
export async function ageingHouse(cache: Partial<CacheSettings>, ...facts: ImageCacheEvent[]) {
  const house = await janitorHouse(['store-01'], { evictionsMax: 2 });
  for (const number of [1, 2, 3, 4, 5]) house.images.put(imageOf(number));
  await house.happen('service', 'store-01@fast', settings(cache));
  await house.happen('image-cache', cachePool, ...facts);
  const { passes } = await house.open();
  const run = () => passes.runNow('age-and-verify');
  /** What the pass stored: kind, generation, and the reason or the cause. */
  const stored = async () =>
    (await house.factsOf())
      .slice(facts.length)
      .map(({ type, data }) => [
        type,
        'generation' in data ? data.generation : undefined,
        ...('reason' in data ? [data.reason] : []),
        ...('cause' in data ? [data.cause] : []),
      ]);
  return { ...house, passes, run, stored };
}
