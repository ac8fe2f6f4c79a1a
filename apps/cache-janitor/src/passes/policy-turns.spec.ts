import { actor, cachePool, imageOf } from '@hearth/domain/testing';
import { eventually } from '@hearth/testing';
import { closedAfterEach } from '../testing/closed-after-each';
import { at, defined, hourMs, madeAt, policyHouse, policyId, version } from '../testing/policy-house';

const given = closedAfterEach(policyHouse);

describe('a policy', () => {
  test('that is switched off or removed does nothing, and what it brought stays', async () => {
    const off = await given({ enabled: false });
    off.put(1);
    expect(await off.run()).toEqual({ examined: 1, owed: 0, done: 0, left: 0 });
    await off.happen('cache-policy', policyId, { type: 'removed', data: { by: actor, at } });
    await eventually(async () => (await off.run()).examined === 0);
    expect(await off.facts()).toEqual([]);
  });

  test('that is changed runs at once', async () => {
    const { put, run, happen, facts } = await given({ selector: { name: 'nothing' } });
    put(1);
    await run();
    await happen('cache-policy', policyId, defined({ at: '2026-01-02T03:04:05.000Z' }));
    await eventually(async () => (await run()).done === 2);
    expect((await facts()).map(([type]) => type)).toEqual(['pinned', 'prefetch-requested']);
  });

  test('waits for an image service that is away, and loses no turn by it', async () => {
    const { put, run, images, facts } = await given({ pin: false });
    put(1);
    images.problem = 'away';
    expect(await run()).toEqual({ examined: 1, owed: 0, done: 0, left: 1 });
    images.problem = undefined;
    expect(await run()).toMatchObject({ done: 1, left: 0 });
    expect(await facts()).toHaveLength(1);
  });

  test('asks for a bounded number of things in a run, and for the rest in the next ones', async () => {
    const { put, run, cacheOf } = await given({ keep: 5 }, {}, 4);
    for (const number of [1, 2, 3, 4, 5]) put(number);
    expect(await run()).toEqual({ examined: 1, owed: 10, done: 4, left: 6 });
    await eventually(async () => (await run()).owed === 0);
    expect((await cacheOf()).prefetches.size).toBe(5);
  });

  test.each([
    ['an image with more properties than the log takes', { properties: { note: 'x'.repeat(600_000) } }, 'info', 1],
    ['an image whose id the log does not take', { id: 'no-uuid' }, 'warn', 0],
  ])('of %s keeps no other from its turn', async (_, patch, level, done) => {
    const { run, images, happen, told, passes, cacheOf } = await given({ selector: { name: 'odd' } });
    images.put({ ...version(1), name: 'odd', ...patch }, 'active', madeAt(1));
    images.put(version(2), 'active', madeAt(2));
    await happen('cache-policy', '6b1c6f0e-8a4d-4c1b-9f6e-2d7a3b4c5d6e', defined());
    expect(await run()).toMatchObject({ examined: 2, owed: 4, done: 2 + done });
    expect([...(await cacheOf()).prefetches.keys()]).toEqual([imageOf(2).id]);
    expect(told.filter(([each]) => each === level).length).toBeGreaterThan(0);
    expect(passes.check()).toMatchObject({ 'prefetch-policies': { owed: 4 } });
  });

  test('of which much is refused every time keeps no other from its turn', async () => {
    const { put, run, happen, facts, images, pass } = await given({ keep: 3, pin: false }, { maxSizeGib: 1 }, 2);
    for (const number of [1, 2, 3]) put(number);
    const small = { ...version(4), name: 'cirros', virtualSizeBytes: 1_000 };
    for (const number of [1, 2, 3])
      images.put({ ...version(number), virtualSizeBytes: 2 ** 32 }, 'active', madeAt(number));
    images.put(small, 'active', madeAt(4));
    const other = '6c1c6f0e-8a4d-4c1b-9f6e-2d7a3b4c5d6e';
    await happen('cache-policy', other, defined({ selector: { name: 'cirros' }, pin: false }));
    await eventually(async () => {
      pass(1_000);
      await run();
      return (await facts()).length === 1;
    });
    expect(await facts()).toEqual([['prefetch-requested', 4]]);
  });

  test('leaves caches alone that are not enabled, or switched off', async () => {
    const disabled = await given({}, { state: 'disabled' });
    disabled.put(1);
    expect(await disabled.run()).toMatchObject({ owed: 0 });
    await disabled.close();
    const off = await given({});
    off.put(1);
    const data = { ready: 'stay', by: actor, at } as const;
    await off.happen('image-cache', cachePool, { type: 'switched-off', data });
    const { passes } = await off.open();
    expect(await passes.runNow('prefetch-policies')).toMatchObject({ owed: 0 });
  });

  test('takes a prefetch back that it wants no more', async () => {
    const { put, run, pass, cacheOf, facts } = await given({ pin: false });
    put(1);
    await run();
    put(2);
    pass(hourMs);
    await eventually(async () => (await run()).done === 2);
    expect([...(await cacheOf()).prefetches.keys()]).toEqual([imageOf(2).id]);
    expect((await facts()).map(([type]) => type)).toEqual([
      'prefetch-requested',
      'prefetch-requested',
      'prefetch-cancelled',
      'prefetch-ended',
    ]);
  });
});
