import { actor, cachePool, imageOf } from '@hearth/domain/testing';
import { eventually } from '@hearth/testing';
import { closedAfterEach } from '../testing/closed-after-each';
import { entries } from '../testing/janitor-house';
import { at, hourMs, madeAt, policyHouse, policyId, version } from '../testing/policy-house';

const given = closedAfterEach(policyHouse);

describe('follow-latest', () => {
  test('I.38: the newest are kept, so many as the policy says; who comes after them is let go when they are all there', async () => {
    const { put, run, fill, pass, facts, factsOf, cacheOf } = await given({ keep: 2 });
    put(1);
    put(2);
    await run();
    await fill(1, 1);
    await fill(2, 2);
    put(3);
    pass(hourMs);
    // The pin goes at once, which makes room; the copy stays until the newest is there.
    await eventually(async () => (await run()).done === 3);
    expect([...(await cacheOf()).pins.keys()].sort()).toEqual([imageOf(2).id, imageOf(3).id]);
    expect((await facts()).slice(-3)).toEqual([
      ['unpinned', 1],
      ['pinned', 3],
      ['prefetch-requested', 3],
    ]);
    await fill(3, 3);
    pass(hourMs);
    await eventually(async () => (await run()).done === 1);
    expect((await facts()).at(-1)).toEqual(['evict', 1]);
    expect((await factsOf()).at(-1)).toMatchObject({ data: { reason: 'superseded', by: { policyId } } });
  });

  test('P12: what a user has pinned, or a create has brought, is not the policy’s to let go', async () => {
    const { put, run, fill, pass, happen, facts } = await given({});
    put(1);
    await run();
    await fill(1, 1);
    await happen('image-cache', cachePool, ...entries(2), {
      type: 'pinned',
      data: { imageId: imageOf(1).id, by: actor, note: 'mine', at },
    });
    put(3);
    pass(hourMs);
    await eventually(async () => (await run()).done === 2);
    await fill(3, 3);
    pass(hourMs);
    await run();
    pass(hourMs);
    expect(await run()).toMatchObject({ owed: 0 });
    expect((await facts()).filter(([type]) => type === 'evict' || type === 'unpinned')).toEqual([]);
  });

  test('a selector that finds nothing lets go of nothing, and says so', async () => {
    const { put, run, fill, pass, images, facts, told } = await given({});
    put(1);
    await run();
    await fill(1, 1);
    images.remove(imageOf(1).id);
    pass(hourMs);
    expect(await run()).toEqual({ examined: 1, owed: 0, done: 0, left: 0 });
    expect((await facts()).map(([type]) => type)).not.toContain('unpinned');
    expect(told).toContainEqual(['warn', 'a policy finds no image', expect.objectContaining({ policyId })]);
  });

  test("a tenant's image of the same name, which is newer, throws nothing out and is not fetched", async () => {
    const { put, run, images, facts, cacheOf, fill, pass } = await given({});
    put(1);
    await run();
    await fill(1, 1);
    for (const [number, visibility] of [
      [2, 'private'],
      [3, 'shared'],
      [4, 'community'],
    ] as const) {
      images.put({ ...version(number), visibility, owner: 'a tenant' }, 'active', madeAt(number));
    }
    const before = await facts();
    pass(hourMs);
    expect(await run()).toMatchObject({ examined: 1, owed: 0 });
    expect(await facts()).toEqual(before);
    expect([...(await cacheOf()).pins.keys()]).toEqual([imageOf(1).id]);
  });

  test('an image that is not active, or has another name or properties, is not selected', async () => {
    const selector = { name: 'debian', properties: { os_distro: 'debian', visibility: 'public' } };
    const { put, run, images, facts } = await given({ selector, pin: false });
    const of = (number: number, patch: object) =>
      images.put(
        { ...version(number), visibility: 'public', properties: { os_distro: 'debian' }, ...patch },
        'active',
        madeAt(number),
      );
    of(1, {});
    of(2, { properties: {} });
    of(3, { name: 'ubuntu' });
    of(4, { visibility: 'private' });
    put(5, 'deactivated');
    await run();
    expect(await facts()).toEqual([['prefetch-requested', 1]]);
  });
});
