import type { HostReport, ReconcileAnswer } from '@hearth/contracts';
import { entries, type JanitorHouse, janitorHouse } from '../testing/janitor-house';

let last: JanitorHouse | undefined;
afterEach(async () => last?.close());

const none = {
  objects: 3,
  foreign: 0,
  orphans: 0,
  orphansRemoved: 0,
  ghosts: 0,
  ghostsEvicted: 0,
  sizes: 0,
  dependants: 0,
};
const report = (pool: string, totals: Partial<typeof none> = {}): ReconcileAnswer => ({
  report: {
    ...{ pool: pool as never, at: '2026-01-02T03:04:05.000Z', dryRun: false, totals: { ...none, ...totals } },
    ...{ orphans: [], ghosts: [], sizes: [], dependants: [] },
  },
});

async function given(pools: readonly string[], reconcileMax = 10) {
  const house = (last = await janitorHouse([], { reconcileMax }));
  for (const host of new Set(pools.map((pool) => pool.split('@')[0] ?? ''))) {
    const own = pools.filter((pool) => pool.startsWith(`${host}@`)).map((pool) => ({ pool }));
    house.live.set(host, { host, incarnation: 'a', pools: own } as unknown as HostReport);
  }
  house.answerReconcile(async (pool) => report(pool));
  const { passes } = await house.open();
  return { ...house, run: () => passes.runNow('reconcile') };
}

test('every pool of a host that lives is looked at, with entries or without', async () => {
  const { run, reconciled, told } = await given(['store-01@fast#a', 'store-01@fast#b', 'store-02@fast#a']);
  expect(await run()).toEqual({ examined: 3, owed: 3, done: 3, left: 0 });
  expect([...reconciled].sort()).toEqual(['store-01@fast#a', 'store-01@fast#b', 'store-02@fast#a']);
  expect(told.filter(([level]) => level !== 'debug' && level !== 'info')).toEqual([]);
});

test('the pools of a host that is away are left for later', async () => {
  const house = (last = await janitorHouse([]));
  await house.happen('image-cache', 'store-09@fast#a', ...entries(1));
  const { passes } = await house.open();
  expect(await passes.runNow('reconcile')).toEqual({ examined: 1, owed: 1, done: 0, left: 1 });
  expect(house.reconciled).toEqual([]);
});

test('what was found is told with its pool', async () => {
  const { run, told, answerReconcile } = await given(['store-01@fast#a']);
  answerReconcile(async (pool) => report(pool, { orphans: 2, orphansRemoved: 1 }));
  await run();
  expect(told).toContainEqual([
    'info',
    'a pool was compared with the log',
    expect.objectContaining({ pool: 'store-01@fast#a', orphans: 2, orphansRemoved: 1 }),
  ]);
});

test('a host that does not answer in time, or cannot look, counts as left', async () => {
  const { run, answerReconcile, told } = await given(['store-01@fast#a', 'store-02@fast#a', 'store-03@fast#a']);
  answerReconcile(async (pool) => {
    if (pool.startsWith('store-01')) return undefined;
    return pool.startsWith('store-02') ? { error: { code: 'failed', reason: 'the disk is gone' } } : report(pool);
  });
  expect(await run()).toEqual({ examined: 3, owed: 3, done: 1, left: 2 });
  expect(told).toContainEqual([
    'warn',
    'a host could not compare its pool with the log',
    { pool: 'store-02@fast#a', code: 'failed', reason: 'the disk is gone' },
  ]);
});

test('more pools than one run asks for come in turns; those of one host one after the other', async () => {
  const pools = ['a', 'b', 'c'].map((name) => `store-01@fast#${name}`);
  const { run, reconciled, pass, answerReconcile } = await given(pools, 2);
  let atOnce = 0;
  let most = 0;
  answerReconcile(async (pool) => {
    most = Math.max(most, (atOnce += 1));
    await Promise.resolve();
    atOnce -= 1;
    return report(pool);
  });
  expect(await run()).toMatchObject({ done: 2, left: 1 });
  pass(1_000);
  await run();
  expect(reconciled.slice(0, 3)).toEqual(pools);
  expect(most).toBe(1);
});
