import type { HostReport } from '@hearth/contracts';
import { actor, cachePool, imageOf, imageVolumeOf } from '@hearth/domain/testing';
import { eventually } from '@hearth/testing';
import { ageingHouse, dayMs, leased, minuteMs } from '../testing/ageing-house';
import { closedAfterEach } from '../testing/closed-after-each';
import { entries, janitorHouse } from '../testing/janitor-house';

const given = closedAfterEach(ageingHouse);
const givenPools = closedAfterEach(janitorHouse);

describe('time', () => {
  test('I.36: takes what was not used for its time to live, but nothing that is pinned or in use', async () => {
    const pinned = { imageId: imageOf(2).id, by: actor, note: null, at: '2026-01-02T03:00:00.000Z' };
    const { run, stored, pass } = await given(
      { ttlSeconds: 3_600 },
      ...entries(1, 2, 3),
      { type: 'pinned', data: pinned },
      leased(3, 9),
    );
    pass(59 * minuteMs);
    expect(await run()).toMatchObject({ owed: 0 });
    pass(minuteMs);
    expect(await run()).toMatchObject({ owed: 1, done: 1, left: 0 });
    expect(await stored()).toEqual([['evict', 1, 'ttl']]);
  });

  test('takes none for a clock of the janitor’s that is far ahead of that of the pool’s host', async () => {
    const { run, pass, stored, live, now } = await given({ ttlSeconds: 3_600 }, ...entries(1));
    const report = (reportedAt: string) => live.set('store-01', { reportedAt, pools: [] } as unknown as HostReport);
    report(now());
    pass(dayMs);
    expect(await run()).toMatchObject({ owed: 0 });
    // An old report is no clock: what is silent is not on the board.
    live.delete('store-01');
    expect(await run()).toMatchObject({ owed: 1, done: 1 });
    expect(await stored()).toEqual([['evict', 1, 'ttl']]);
  });

  test('I.49: takes unused ones at their minimum age only where remove_unused_base_images is on', async () => {
    const off = await given({ removeUnused: false, minimumAgeSeconds: 60 }, ...entries(1));
    off.pass(dayMs);
    expect(await off.run()).toMatchObject({ owed: 0 });
    await off.close();
    const on = await given({ removeUnused: true, minimumAgeSeconds: 7_200 }, ...entries(1));
    on.pass(119 * minuteMs);
    expect(await on.run()).toMatchObject({ owed: 0 });
    on.pass(minuteMs);
    await on.run();
    expect(await on.stored()).toEqual([['evict', 1, 'unused']]);
  });

  test('takes a bounded number in each run, and the rest in the next ones', async () => {
    const { run, pass, stored } = await given({ ttlSeconds: 60 }, ...entries(1, 2, 3, 4, 5));
    pass(minuteMs);
    expect(await run()).toEqual({ examined: 5, owed: 5, done: 2, left: 3 });
    await eventually(async () => (await run()).owed === 0);
    expect(await stored()).toHaveLength(5);
  });

  test('that two janitors read at once takes nothing twice', async () => {
    const { open, passes, pass, stored } = await given({ ttlSeconds: 60 }, ...entries(1, 2));
    const other = await open();
    pass(minuteMs);
    const runs = await Promise.all([passes, other.passes].map((each) => each.runNow('age-and-verify')));
    expect(runs.reduce((sum, { done }) => sum + done, 0)).toBe(2);
    expect(await stored()).toHaveLength(2);
  });
});

test('a cache that is switched off to drain is drained, but for what is pinned', async () => {
  const pinned = { imageId: imageOf(2).id, by: actor, note: null, at: '2026-01-02T03:00:00.000Z' };
  const off = { ready: 'drain', by: actor, at: '2026-01-02T03:00:00.000Z' } as const;
  const { run, stored } = await given(
    {},
    ...entries(1, 2),
    { type: 'pinned', data: pinned },
    { type: 'switched-off', data: off },
  );
  await run();
  expect(await stored()).toEqual([['evict', 1, 'drained']]);
});

test('every retired entry is told with its pool, its image and the reason', async () => {
  const { run, pass, told } = await given({ ttlSeconds: 60 }, ...entries(1));
  pass(minuteMs);
  await run();
  expect(told).toContainEqual([
    'info',
    'an entry was retired',
    { pool: cachePool, imageId: imageOf(1).id, generation: 1, sizeGib: 2, reason: 'ttl' },
  ]);
});

test('of a pool whose host has never said its rules only the images are looked at', async () => {
  const house = await givenPools(['store-01']);
  const pool = 'store-09@fast#default';
  const created = entries(1).map((event) =>
    event.type === 'create' ? { ...event, data: { ...event.data, imageVolumeId: imageVolumeOf(1) } } : event,
  );
  await house.happen('image-cache', pool, ...created);
  const { passes } = await house.open();
  house.pass(365 * dayMs);
  await passes.runNow('age-and-verify');
  expect((await house.factsOf(pool)).slice(2).map(({ type }) => type)).toEqual(['suspended']);
});
