import { InMemoryEventStore } from '@hearth/event-sourcing';
import type { ImageCacheEvent } from '@hearth/contracts';
import type { PoolRef } from '@hearth/kernel';
import { type Day, dayMs, writeDay } from './write-day';

const pool = 'store-01@file#default' as PoolRef;
const startMs = Date.UTC(2026, 0, 1);
const day: Day = {
  ...{ pool, startMs, seed: 3, creates: 150, images: 12 },
  settings: { state: 'enabled', reason: null, maxSizeGib: 90, maxCount: 0, policy: 'lru' },
};

async function written(patch: Partial<Day> = {}) {
  const store = new InMemoryEventStore();
  const { creates, commits } = await writeDay(store, { ...day, ...patch });
  const times: string[] = [];
  for await (const batch of store.follow({ afterSequence: 0, signal: AbortSignal.timeout(5_000) })) {
    times.push(...batch.commits.map(({ recordedAt }) => recordedAt));
    if (batch.caughtUp) break;
  }
  const events: ImageCacheEvent[] = [];
  for await (const commit of store.read({ category: 'image-cache', id: pool })) events.push(...commit.events);
  return { creates, commits, times, events };
}

test('the log tells of the day in its order, and of nothing after it', async () => {
  const { times, commits } = await written();
  expect(times).toHaveLength(commits);
  expect(times).toEqual([...times].sort());
  expect(times[0]).toBe('2026-01-01T00:00:00.000Z');
  expect(Date.parse(times.at(-1)!)).toBeLessThan(startMs + dayMs);
});

test('the cache tells once of each create that it served, and the limit holds at every moment', async () => {
  const { creates, events } = await written();
  const of = (outcome: string) => creates.filter(({ decision }) => decision.outcome === outcome).length;
  const told = (type: string) => events.filter((event) => event.type === type).length;
  expect(of('hit')).toBeGreaterThan(0);
  expect(told('evict')).toBeGreaterThan(0);
  expect([told('hit'), told('miss')]).toEqual([of('hit') + of('joined'), of('miss')]);
  let sizeGib = 0;
  for (const { type, data } of events) {
    if (type === 'fill-started') sizeGib += data.sizeGib;
    if (type === 'evict') sizeGib -= data.sizeGib;
    expect(sizeGib).toBeLessThanOrEqual(90);
  }
});

test('equal seeds make equal days, and another seed another one', async () => {
  const ids = async (patch?: Partial<Day>) => (await written(patch)).creates.map(({ volumeId }) => volumeId);
  const first = await ids();
  expect(await ids()).toEqual(first);
  expect(await ids({ seed: 4 })).not.toEqual(first);
});
