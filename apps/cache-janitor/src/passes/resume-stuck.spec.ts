import { type HostReport, schedulerHost } from '@hearth/contracts';
import {
  createFailed,
  deletionRequested,
  examplePool,
  placed,
  provisioned,
  requested,
  volumeOf,
} from '@hearth/domain/testing';
import { eventually } from '@hearth/testing';
import { closedAfterEach } from '../testing/closed-after-each';
import { fewSteps, janitorHouse } from '../testing/janitor-house';

const given = closedAfterEach((...hosts: string[]) => janitorHouse(hosts, fewSteps));

describe('resume-stuck', () => {
  test('wakes whoever owes a silent volume its next step, once in each round', async () => {
    const { happen, open, pass, nudges } = await given('store-01');
    await happen('volume', volumeOf(1), requested());
    await happen('volume', volumeOf(2), requested(), placed(examplePool));
    await happen(
      'volume',
      volumeOf(3),
      requested(),
      placed(examplePool),
      provisioned(examplePool),
      deletionRequested(),
    );
    await happen('volume', volumeOf(4), requested(), placed(examplePool), provisioned(examplePool));
    await happen('volume', volumeOf(5), requested(), placed(examplePool), createFailed());
    const { passes } = await open();
    expect(await passes.runNow('resume-stuck')).toEqual({ examined: 3, owed: 0, done: 0, left: 0 });
    pass(60_000);
    expect(await passes.runNow('resume-stuck')).toEqual({ examined: 3, owed: 3, done: 3, left: 0 });
    expect(nudges.map(({ host, target }) => [host, target.id]).sort()).toEqual(
      [
        [schedulerHost, volumeOf(1)],
        ['store-01', volumeOf(2)],
        ['store-01', volumeOf(3)],
      ].sort(),
    );
    expect(await passes.runNow('resume-stuck')).toMatchObject({ owed: 0, done: 0 });
    pass(60_000);
    expect(await passes.runNow('resume-stuck')).toMatchObject({ owed: 3, done: 3 });
  });

  test('a volume that moved on is asked after anew only when it is silent again', async () => {
    const { happen, open, pass, nudges } = await given('store-01');
    await happen('volume', volumeOf(1), requested());
    const { passes } = await open();
    pass(60_000);
    await passes.runNow('resume-stuck');
    await happen('volume', volumeOf(1), placed(examplePool));
    await eventually(async () => (await passes.runNow('resume-stuck')).owed === 0);
    pass(60_000);
    await passes.runNow('resume-stuck');
    expect(nudges.map(({ host }) => host)).toEqual([schedulerHost, 'store-01']);
  });

  test('a host that is away is not woken, and nothing is forgotten meanwhile', async () => {
    const { happen, open, pass, nudges, live } = await given();
    await happen('volume', volumeOf(1), requested(), placed(examplePool));
    const { passes } = await open();
    pass(60_000);
    expect(await passes.runNow('resume-stuck')).toEqual({ examined: 1, owed: 1, done: 0, left: 1 });
    live.set('store-01', {} as HostReport);
    expect(await passes.runNow('resume-stuck')).toEqual({ examined: 1, owed: 1, done: 1, left: 0 });
    expect(nudges).toHaveLength(1);
  });

  test('one run wakes a bounded number, the next one the rest', async () => {
    const { happen, open, pass } = await given('store-01');
    for (let count = 1; count <= 5; count += 1) await happen('volume', volumeOf(count), requested());
    const { passes } = await open();
    pass(60_000);
    expect(await passes.runNow('resume-stuck')).toMatchObject({ done: 3, left: 2 });
    expect(await passes.runNow('resume-stuck')).toMatchObject({ done: 2, left: 0 });
  });

  test('two janitors give the nudge of one round one name, so that the queue keeps one', async () => {
    const { happen, open, pass, nudges } = await given('store-01');
    await happen('volume', volumeOf(1), requested());
    const [one, other] = [await open(), await open()];
    pass(60_000);
    await one.passes.runNow('resume-stuck');
    await other.passes.runNow('resume-stuck');
    expect(nudges).toHaveLength(2);
    expect(new Set(nudges.map(({ dedupeId }) => dedupeId)).size).toBe(1);
  });

  test('what was stuck before a restart is found again from the snapshot', async () => {
    const { happen, open, pass, nudges } = await given('store-01');
    await happen('volume', volumeOf(1), requested());
    await (await open()).close();
    const { passes } = await open();
    pass(60_000);
    await passes.runNow('resume-stuck');
    expect(nudges).toHaveLength(1);
  });
});
