import { actor, imageOf } from '@hearth/domain/testing';
import { eventually } from '@hearth/testing';
import { closedAfterEach } from '../testing/closed-after-each';
import { at, defined, type Definition, hourMs, policyHouse } from '../testing/policy-house';

const other = '6c1c6f0e-8a4d-4c1b-9f6e-2d7a3b4c5d6e';

/** A policy that has brought version 1 and keeps one version; then another one of the same images. They pin nothing unless told. */
const given = closedAfterEach(async (first: Partial<Definition>, second: Partial<Definition>) => {
  const house = await policyHouse({ pin: false, ...first });
  const { put, run } = house;
  /** Runs until there is nothing more to do. */
  const settle = () => eventually(async () => (await run()).owed === 0);
  const define = async (policy: Partial<Definition>) => {
    await house.happen('cache-policy', other, defined({ pin: false, at: house.now(), ...policy }));
    await eventually(async () => (await run()).examined === 2);
  };
  const nextTurn = async () => {
    house.pass(hourMs);
    await settle();
  };
  put(1);
  await run();
  return { ...house, nextTurn, define, defineOther: () => define(second) };
});

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

    await define({ keep: 1, pin: true });
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
