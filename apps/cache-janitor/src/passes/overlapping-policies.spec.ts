import type { CachePolicyEvent, ImageCacheEvent } from '@hearth/contracts';
import { actor, cachePool, generationOf, imageOf } from '@hearth/domain/testing';
import { eventually } from '@hearth/testing';
import { entryOf, type JanitorHouse, janitorHouse, settings } from '../testing/janitor-house';

const one = '5b1c6f0e-8a4d-4c1b-9f6e-2d7a3b4c5d6e';
const other = '6c1c6f0e-8a4d-4c1b-9f6e-2d7a3b4c5d6e';
const hourMs = 3_600_000;
const at = '2026-01-02T03:00:00.000Z';
type Definition = Extract<CachePolicyEvent, { type: 'defined' }>['data'];

const defined = (patch: Partial<Definition> = {}): CachePolicyEvent => ({
  type: 'defined',
  data: {
    ...{ name: 'latest Debian', selector: { name: 'debian' }, pools: ['*'], keep: 1, pin: false, everySeconds: 3_600 },
    ...{ enabled: true, by: actor, at, ...patch },
  },
});

let last: JanitorHouse | undefined;
afterEach(async () => last?.close());

/** A policy that has brought version 1 and keeps one version; then another one of the same images. */
async function given(first: Partial<Definition>, second: Partial<Definition>) {
  const house = (last = await janitorHouse(['store-01']));
  await house.happen('service', 'store-01@fast', settings());
  await house.happen('cache-policy', one, defined(first));
  const { passes } = await house.open();
  const put = (number: number) =>
    house.images.put(
      { ...imageOf(number), name: 'debian', virtualSizeBytes: 2 ** 30 },
      'active',
      `2026-01-0${number}T00:00:00Z`,
    );
  const run = () => passes.runNow('prefetch-policies');
  /** Runs until there is nothing more to do. */
  const settle = () => eventually(async () => (await run()).owed === 0);
  const define = async (policyId: string, policy: Partial<Definition>) => {
    await house.happen('cache-policy', policyId, defined({ at: house.now(), ...policy }));
    await eventually(async () => (await run()).examined === (policyId === one ? 1 : 2));
  };
  /** The host fills what was asked for; in the pool's order of generations. */
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
  const facts = async () =>
    (await house.factsOf()).map(({ type, data }) => [type, 'imageId' in data ? Number(data.imageId.slice(-2)) : 0]);
  const nextTurn = async () => {
    house.pass(hourMs);
    await settle();
  };
  put(1);
  await run();
  return { ...house, run, settle, put, fill, facts, nextTurn, define, defineOther: () => define(other, second) };
}

describe('an image that another policy selects too', () => {
  test('keeps its copy and its pin when one selects it no more, and loses them when both do not', async () => {
    const { fill, put, nextTurn, facts, cacheOf, define, defineOther } = await given(
      { pin: true },
      { keep: 2, pin: true },
    );
    await fill(1, 1);
    await defineOther();
    put(2);
    await nextTurn();
    await fill(2, 2);
    await nextTurn();
    await nextTurn();
    expect((await facts()).filter(([type]) => type === 'evict' || type === 'unpinned')).toEqual([]);
    expect((await cacheOf()).pins.get(imageOf(1).id)).toMatchObject({ by: { policyId: other } });

    await define(other, { keep: 1, pin: true });
    await nextTurn();
    await nextTurn();
    expect((await facts()).filter(([type]) => type === 'evict' || type === 'unpinned')).toEqual([
      ['unpinned', 1],
      ['evict', 1],
    ]);
    expect((await facts()).filter(([type]) => type === 'prefetch-requested')).toHaveLength(2);
  });

  test('is on its way for that too', async () => {
    const { put, nextTurn, facts, cacheOf, defineOther } = await given({}, { keep: 2 });
    await defineOther();
    put(2);
    await nextTurn();
    expect((await facts()).map(([type]) => type)).toEqual(['prefetch-requested', 'prefetch-requested']);
    expect([...(await cacheOf()).prefetches.values()].map(({ cancelled }) => cancelled)).toEqual([false, false]);
  });
});

describe('what only another policy selects goes when that', () => {
  test.each<[string, Partial<Definition>, isRemoved: boolean]>([
    ['is switched off', { enabled: false }, false],
    ['is about other pools', { pools: ['*@slow'] }, false],
    ['is removed', {}, true],
  ])('%s', async (_what, policy, isRemoved) => {
    const { fill, put, run, nextTurn, facts, happen, defineOther } = await given({}, { keep: 2, ...policy });
    await fill(1, 1);
    await defineOther();
    if (isRemoved) {
      await happen('cache-policy', other, { type: 'removed', data: { by: actor, at } });
      await eventually(async () => (await run()).examined === 1);
    }
    put(2);
    await nextTurn();
    await fill(2, 2);
    await nextTurn();
    expect(await facts()).toContainEqual(['evict', 1]);
  });
});
