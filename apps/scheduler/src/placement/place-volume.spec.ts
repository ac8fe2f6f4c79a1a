import type { HostReport, PoolReport, VolumeEvent } from '@hearth/contracts';
import { imageCacheDecider, serviceDecider, type Service } from '@hearth/domain';
import {
  complete,
  contentOf,
  createFailed,
  examplePool,
  fillStarted,
  imageOf,
  otherPool,
  placed,
  requested,
  rescheduled,
  volumeOf,
} from '@hearth/domain/testing';
import { type Commit, InMemoryEventStore } from '@hearth/event-sourcing';
import { fold, type PoolRef } from '@hearth/kernel';
import type { Log } from '@hearth/platform';
import type { PlacementFacts } from './candidates';
import { placeVolume, type PlacementOptions, PoolsAwaitedError, readVolume } from './place-volume';
import { Promises } from './promises';
import { Waits } from './waits';

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  fatal: () => undefined,
  child: () => silent,
};
const requestedAtMs = Date.parse('2026-01-02T03:04:05.000Z');
const id = volumeOf(1);

function pool(ref: PoolRef, patch: Partial<PoolReport> = {}): PoolReport {
  return {
    pool: ref,
    availabilityZone: 'nova',
    totalGib: 100,
    freeGib: 50,
    provisionedGib: 0,
    thin: false,
    oversubscriptionMax: 1,
    reservedPercent: 0,
    capabilities: {},
    cloneMethod: 'reflink',
    cache: { state: 'enabled', reason: null, maxSizeGib: 0, maxCount: 0 },
    ...patch,
  };
}

function report(host: string, ...pools: PoolReport[]): [string, HostReport] {
  return [host, { host, incarnation: 'a', reportedAt: '2026-01-02T03:04:00.000Z', version: '1', pools, down: [] }];
}

/** A scheduler's surroundings, with a volume that went through some events. */
async function given(facts: Partial<PlacementFacts>, ...events: VolumeEvent[]) {
  const store = new InMemoryEventStore();
  const promises = new Promises();
  let nowMs = requestedAtMs;
  let commits = 0;
  const stream = { category: 'volume', id } as const;
  for (const event of events) {
    const known = await readVolume({ store, now: () => '', newId: () => '' }, id);
    const recordedAt = new Date(requestedAtMs).toISOString();
    await store.append(stream, known.sequence, {
      id: `given-${(commits += 1)}`,
      recordedAt,
      correlationId: 'req-1',
      events: [event],
    });
  }
  const options: PlacementOptions = {
    store,
    promises,
    now: () => new Date(nowMs).toISOString(),
    newId: () => `new-${(commits += 1)}`,
    clock: { now: () => nowMs },
    waits: new Waits(),
    patienceMs: 10_000,
    log: silent,
    facts: () => ({
      hosts: new Map(),
      services: [],
      cacheOf: () => undefined,
      promisedGib: (ref) => promises.on(ref),
      ...facts,
    }),
  };
  const read = () => readVolume(options, id);
  return {
    promises,
    options,
    pass: (ms: number) => (nowMs += ms),
    read,
    place: async () => {
      await placeVolume(options, id, await read());
      return (await read()).state;
    },
  };
}

const twoPools = () =>
  new Map([report('store-01', pool(examplePool)), report('store-02', pool(otherPool, { freeGib: 80 }))]);

test('a volume goes to the roomiest pool; the choice carries the request it serves', async () => {
  const { place, options, promises } = await given({ hosts: twoPools() }, requested({ sizeGib: 10 }));
  expect(await place()).toMatchObject({ status: 'placed', pool: otherPool, availabilityZone: 'nova' });
  const commits: Commit[] = [];
  for await (const commit of options.store.read({ category: 'volume', id })) commits.push(commit);
  expect(commits.at(-1)).toMatchObject({ correlationId: 'req-1', causationId: 'given-1' });
  expect(promises.on(otherPool)).toBe(10);
});

test('I.54: a pool that holds the image, or fills it, is preferred to a roomier one', async () => {
  const image = imageOf(1);
  const filling = fold(imageCacheDecider, [fillStarted(1, 1)]);
  const { created } = complete(1);
  const ready = fold(
    imageCacheDecider,
    [{ type: 'create', data: { ...created, imageId: image.id, imageVolumeId: volumeOf(5), sizeGib: 2 } }],
    filling,
  );
  expect(filling.serving.has(contentOf(1))).toBe(true);
  for (const cache of [filling, ready]) {
    const facts = { hosts: twoPools(), cacheOf: (ref: PoolRef) => (ref === examplePool ? cache : undefined) };
    const { place } = await given(facts, requested({ image }));
    expect(await place()).toMatchObject({ status: 'placed', pool: examplePool });
  }
});

test('what was promised since the last report is not promised again', async () => {
  const { place, promises } = await given({ hosts: twoPools() }, requested({ sizeGib: 40 }));
  promises.make(volumeOf(2), otherPool, 45);
  expect(await place()).toMatchObject({ status: 'placed', pool: examplePool });
});

test('a volume that was given back goes to a pool that has not tried it', async () => {
  const { place } = await given({ hosts: twoPools() }, requested(), placed(otherPool), rescheduled(otherPool));
  expect(await place()).toMatchObject({ status: 'placed', pool: examplePool, tried: [otherPool] });
});

test('where no pool will do the volume fails at once, and operators learn what each pool said', async () => {
  const { place, promises } = await given({ hosts: twoPools() }, requested({ sizeGib: 500 }));
  const volume = await place();
  expect(volume).toMatchObject({ status: 'error', failure: { code: 'placement.no_valid_backend' } });
  const { failure } = volume as Extract<typeof volume, { status: 'error' }>;
  expect(failure.reason).toBe('No valid backend was found for this volume.');
  expect(failure.detail).toContain('store-01@fast#default has room for 50 GiB, not 500');
  expect(failure.detail).toContain('store-02@fast#default has room for 80 GiB, not 500');
  expect(promises.size).toBe(0);
});

test('a disabled backend gets nothing, and the reason names it', async () => {
  const off = fold(serviceDecider, [
    { type: 'ServiceDisabled', data: { service: 'store-01@fast', reason: 'broken fan' } },
  ]);
  const facts = {
    hosts: new Map([report('store-01', pool(examplePool))]),
    services: [['store-01@fast', off]] as const,
  };
  const { place, pass } = await given(facts, requested());
  await expect(place()).rejects.toThrow(PoolsAwaitedError);
  pass(10_000);
  expect(await place()).toMatchObject({
    status: 'error',
    failure: { detail: expect.stringContaining('is disabled: broken fan') },
  });
});

test('a create that comes before any pool has reported waits, and fails when nobody came', async () => {
  const { place, pass } = await given({}, requested());
  await expect(place()).rejects.toThrow(/waits for pools to report.*is one running/);
  pass(10_000);
  expect(await place()).toMatchObject({
    status: 'error',
    failure: { detail: expect.stringContaining('no volume-manager reports') },
  });
});

test('patience begins with the first look: what waited while broker or scheduler were away has waited for nobody', async () => {
  const { place, pass, options } = await given({}, requested());
  pass(3_600_000);
  await expect(place()).rejects.toThrow(PoolsAwaitedError);
  pass(9_999);
  await expect(place()).rejects.toThrow(PoolsAwaitedError);
  const restarted = { ...options, waits: new Waits() };
  pass(1);
  await expect(placeVolume(restarted, id, await readVolume(restarted, id))).rejects.toThrow(PoolsAwaitedError);
  expect(await place()).toMatchObject({ status: 'error' });
});

test('a pool of which the log tells is waited for when the others will not do', async () => {
  const service: Service = { enabled: true, disabledReason: null, pools: [otherPool], cache: undefined };
  const facts = {
    hosts: new Map([report('store-01', pool(examplePool, { freeGib: 1 }))]),
    services: [['store-02@fast', service]] as const,
  };
  const { place, pass } = await given(facts, requested());
  await expect(place()).rejects.toThrow(PoolsAwaitedError);
  pass(10_000);
  expect(await place()).toMatchObject({
    status: 'error',
    failure: { detail: expect.stringContaining('does not report') },
  });
});

test('a volume that is owed no pool is left alone', async () => {
  for (const events of [[requested(), placed()], [requested(), placed(), createFailed()], []]) {
    const { place, read } = await given({ hosts: twoPools() }, ...events);
    const before = await read();
    expect(await place()).toEqual(before.state);
  }
});
