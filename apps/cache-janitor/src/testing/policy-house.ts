import type { CachePolicyEvent, CacheSettings, ImageCacheEvent } from '@hearth/contracts';
import { actor, cachePool, generationOf, imageOf } from '@hearth/domain/testing';
import { entryOf, janitorHouse, settings } from './janitor-house';

export const policyId = '5b1c6f0e-8a4d-4c1b-9f6e-2d7a3b4c5d6e';
export const at = '2026-01-02T03:00:00.000Z';
export const hourMs = 3_600_000;
export type Definition = Extract<CachePolicyEvent, { type: 'defined' }>['data'];

/** A policy that keeps and pins the newest Debian in all pools, and has its turn once an hour. */
export const defined = (patch: Partial<Definition> = {}): CachePolicyEvent => ({
  type: 'defined',
  data: {
    ...{ name: 'latest Debian', selector: { name: 'debian' }, pools: ['*'], keep: 1, pin: true, everySeconds: 3_600 },
    ...{ enabled: true, by: actor, at, ...patch },
  },
});

/** Version `number` of the image, one a day. */
export const version = (number: number) => ({ ...imageOf(number), name: 'debian', virtualSizeBytes: 2 ** 30 });
export const madeAt = (number: number) => `2026-01-0${number}T00:00:00Z`;

/** A pool, one policy, and a janitor that carries it out when it is told to. */
export async function policyHouse(
  policy: Partial<Definition>,
  cache: Partial<CacheSettings> = {},
  policyStepsMax = 100,
) {
  const house = await janitorHouse(['store-01'], { policyStepsMax });
  await house.happen('service', 'store-01@fast', settings(cache));
  await house.happen('cache-policy', policyId, defined(policy));
  const { passes } = await house.open();
  const put = (number: number, status = 'active') => house.images.put(version(number), status, madeAt(number));
  const run = () => passes.runNow('prefetch-policies');
  /** Kind and number of the image. */
  const facts = async () =>
    (await house.factsOf()).map(({ type, data }) => [
      type,
      'imageId' in data ? Number(data.imageId.slice(-2)) : undefined,
    ]);
  /** The host fills what was asked for, in the pool's order of generations. */
  const fill = async (generation: number, image: number) => {
    const prefetch = (await house.cacheOf()).prefetches.get(imageOf(image).id);
    if (!prefetch) throw new Error('nobody has asked for it');
    const { prefetchId, imageId } = prefetch;
    const ended = { prefetchId, imageId, outcome: 'cached', generation: generationOf(generation), failure: null, at };
    await house.happen('image-cache', cachePool, ...entryOf(generation, image, { prefetchId }), {
      type: 'prefetch-ended',
      data: ended as Extract<ImageCacheEvent, { type: 'prefetch-ended' }>['data'],
    });
  };
  return { ...house, passes, put, run, facts, fill };
}
