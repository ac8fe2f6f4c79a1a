import { closedAfterEach } from '../testing/closed-after-each';
import { fewSteps, janitorHouse } from '../testing/janitor-house';

const given = closedAfterEach((...hosts: string[]) => janitorHouse(hosts, fewSteps));

test('a pass that does not exist is named, with those that do', async () => {
  const { open } = await given();
  const { passes } = await open();
  await expect(passes.runNow('sweep')).rejects.toThrow(
    ["no pass 'sweep'; the passes are evict-over-limit, age-and-verify, prefetch-policies, expire-prefetches"]
      .concat('reconcile, resume-stuck, reap-retired, scrub')
      .join(', '),
  );
});

test('a failure of a pass makes the janitor not ready until a run succeeds', async () => {
  const all = await given('store-01');
  const janitor = await all.open();
  all.failLiveness(new Error('the board is away'));
  await expect(janitor.passes.runNow('reap-retired')).rejects.toThrow('the board is away');
  expect(() => janitor.check()).toThrow('reap-retired: the board is away');
  all.failLiveness(undefined);
  await janitor.passes.runNow('reap-retired');
  expect(janitor.check()).toMatchObject({ 'reap-retired': { done: 0 } });
});
