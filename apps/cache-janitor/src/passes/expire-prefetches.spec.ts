import type { HostReport, ImageCacheEvent } from '@hearth/contracts';
import { actor, cachePool, fillStarted, imageOf, prefetchOf, thisProcess } from '@hearth/domain/testing';
import { eventually } from '@hearth/testing';
import { type JanitorHouse, janitorHouse } from '../testing/janitor-house';

let last: JanitorHouse | undefined;
afterEach(async () => last?.close());

const at = '2026-01-02T03:00:00.000Z';
/** An hour after the tests begin. */
const deadline = '2026-01-02T04:04:05.000Z';
const hourMs = 3_600_000;
const awayMs = 600_000;

const requested = (number: number, patch: { deadline?: string | null } = {}): ImageCacheEvent => ({
  type: 'prefetch-requested',
  data: {
    ...{ prefetchId: prefetchOf(number), imageId: imageOf(number).id, by: actor, at, pin: false, deadline: null },
    ...patch,
  },
});

async function given(hosts: readonly string[], ...facts: ImageCacheEvent[]) {
  const house = (last = await janitorHouse(hosts, { hostAwayMs: awayMs, expireMax: 2 }));
  await house.happen('image-cache', cachePool, ...facts);
  const { passes } = await house.open();
  const run = () => passes.runNow('expire-prefetches');
  const ends = async () =>
    (await house.factsOf()).flatMap(({ type, data }) =>
      type === 'prefetch-ended' ? [[data.prefetchId, data.outcome]] : [],
    );
  return { ...house, run, ends };
}

test('a prefetch whose fill has not begun by its deadline ends there; one without a deadline waits', async () => {
  const { run, ends, pass } = await given(['store-01'], requested(1, { deadline }), requested(2));
  pass(hourMs - 1);
  expect(await run()).toEqual({ examined: 2, owed: 0, done: 0, left: 0 });
  pass(1);
  expect(await run()).toEqual({ examined: 2, owed: 1, done: 1, left: 0 });
  await eventually(async () => (await run()).examined === 1);
  expect(await ends()).toEqual([[prefetchOf(1), 'expired']]);
});

test('a fill that runs goes on after the deadline', async () => {
  const filling = fillStarted(1, 1, { volumeId: null, prefetchId: prefetchOf(1) });
  const { run, pass } = await given(['store-01'], requested(1, { deadline }), filling);
  pass(2 * hourMs);
  expect(await run()).toMatchObject({ owed: 0 });
});

test('all prefetches of a host that does not come back end, those whose fill it had begun too', async () => {
  const filling = fillStarted(1, 2, { volumeId: null, prefetchId: prefetchOf(2) });
  const cancelled: ImageCacheEvent = { type: 'prefetch-cancelled', data: { prefetchId: prefetchOf(2), by: actor, at } };
  const { run, ends, pass, factsOf } = await given([], requested(1), requested(2), filling, cancelled);
  expect(await run()).toMatchObject({ owed: 0 });
  pass(awayMs - 1);
  expect(await run()).toMatchObject({ owed: 0 });
  pass(1);
  expect(await run()).toMatchObject({ owed: 2, done: 2 });
  expect((await ends()).sort()).toEqual([
    [prefetchOf(1), 'error'],
    [prefetchOf(2), 'cancelled'],
  ]);
  const told = (await factsOf()).flatMap(({ type, data }) => (type === 'prefetch-ended' ? [data.failure] : []));
  expect(told).toContainEqual({ code: 'backend.failed', reason: 'The host of the pool does not answer.' });
});

test('a host that was away for a while, and came back, is waited for anew', async () => {
  const { run, pass, live } = await given([], requested(1));
  await run();
  pass(awayMs - 1);
  live.set('store-01', { host: 'store-01', incarnation: thisProcess.incarnation } as HostReport);
  await run();
  live.delete('store-01');
  pass(1);
  expect(await run()).toMatchObject({ owed: 0 });
  pass(awayMs);
  expect(await run()).toMatchObject({ owed: 1, done: 1 });
});

test('one run ends a bounded number, the next one the rest', async () => {
  const { run, pass, ends } = await given(['store-01'], ...[1, 2, 3].map((number) => requested(number, { deadline })));
  pass(hourMs);
  expect(await run()).toEqual({ examined: 3, owed: 3, done: 2, left: 1 });
  await eventually(async () => (await run()).examined === 0);
  expect(await ends()).toHaveLength(3);
});
