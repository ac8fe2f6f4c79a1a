import {
  type CachePolicyEvent,
  type CacheSettings,
  jetstream,
  type HostReport,
  type ImageCacheEvent,
  type ServiceEvent,
  type VolumeEvent,
  passSubject,
  reconcileSubject,
} from '@hearth/contracts';
import { type ImageCache, imageCacheDecider } from '@hearth/domain';
import {
  cachePool,
  complete,
  examplePool,
  fillStarted,
  imageOf,
  imageVolumeOf,
  placed,
  requested,
  thisProcess,
  volumeOf,
} from '@hearth/domain/testing';
import { type Broker, openBroker } from '@hearth/event-store-nats';
import { readState } from '@hearth/event-sourcing';
import { createLog, JetStreamTransport, PassErrorsFilter } from '@hearth/platform';
import { eventually } from '@hearth/testing';
import { throwAwayNats, type ThrowAwayNats } from '@hearth/testing/servers';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { randomUUID } from 'node:crypto';
import { consumers, Janitor } from './janitor';
import { JanitorModule } from './janitor.module';
import { runOnDemand } from './run-on-demand';
import { natsHostReconciler } from './hosts/nats.host-reconciler';
import { passesWith } from './testing/janitor-house';
import { ScriptedImages } from './testing/scripted-images';

const log = createLog({ name: 'test', level: 'fatal', format: 'json' });
const hourMs = 3_600_000;
const config = passesWith({
  ...{ evictIntervalMs: hourMs, resumeIntervalMs: hourMs, reapIntervalMs: hourMs, scrubPassIntervalMs: hourMs },
  ...{ evictionsMax: 10, resumeMax: 10, reapMax: 10, scrubMax: 10, reconcileTimeoutMs: 2_000 },
});
let images: ScriptedImages;
let server: ThrowAwayNats;
let broker: Broker;
const running: (() => Promise<void>)[] = [];

beforeEach(async () => {
  images = new ScriptedImages();
  server = await throwAwayNats();
  broker = await openBroker({ natsUrl: [server.url] }, { name: 'test', log });
});
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
  await broker.close();
  await server.stop();
});

/** A janitor as main.ts wires it. */
async function start(): Promise<void> {
  const own = await openBroker({ natsUrl: [server.url] }, { name: 'cache-janitor', log });
  const janitor = await Janitor.open({
    store: own.store,
    nudges: own.nudges,
    liveness: own.liveness,
    snapshots: own.snapshots,
    now: () => new Date().toISOString(),
    newId: randomUUID,
    clock: Date,
    images,
    hosts: natsHostReconciler(own.connection, { timeoutMs: config.reconcileTimeoutMs, log }),
    config,
    log,
  });
  runOnDemand(own.connection, janitor.passes);
  const strategy = new JetStreamTransport({ connection: own.connection, consumers, log });
  const app: INestMicroservice = await NestFactory.createMicroservice(JanitorModule.of(janitor), {
    strategy,
    logger: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new PassErrorsFilter());
  await app.listen();
  running.push(async () => {
    await app.close();
    await janitor.close();
    await own.close();
  });
}

const longAgo = '2026-01-02T03:04:05.000Z';
async function happen(
  category: 'volume' | 'image-cache' | 'service' | 'cache-policy',
  id: string,
  expectedSequence: number,
  ...events: readonly (VolumeEvent | ImageCacheEvent | ServiceEvent | CachePolicyEvent)[]
): Promise<number> {
  const commit = { id: randomUUID(), recordedAt: longAgo, events };
  const result = await broker.store.append({ category, id }, expectedSequence, commit);
  if (result.status !== 'appended') throw new Error('the test appends alone');
  return result.sequence;
}

const report = (host: string): HostReport => ({
  host,
  incarnation: thisProcess.incarnation,
  reportedAt: new Date().toISOString(),
  version: '1',
  pools: [],
  down: [],
});
const entry = (generation: number): ImageCacheEvent[] => [
  fillStarted(generation, generation, { volumeId: null }),
  {
    type: 'create',
    data: {
      ...complete(generation).created,
      imageId: imageOf(generation).id,
      imageVolumeId: imageVolumeOf(generation),
      sizeGib: 2,
    },
  },
];
const cache = async (): Promise<ImageCache> =>
  (await readState(broker.store, imageCacheDecider, { category: 'image-cache', id: cachePool } as const)).state;
const settings = (maxCount: number, rules: Partial<CacheSettings> = {}): ServiceEvent => ({
  type: 'CacheSettingsReported',
  data: {
    service: 'store-01@fast',
    pools: [cachePool],
    cache: { state: 'enabled', reason: null, maxSizeGib: 0, maxCount, ...rules },
  },
});

async function demand(pass: string): Promise<Record<string, unknown>> {
  return (await broker.connection.request(passSubject(pass), '', { timeout: 5_000 })).json();
}
async function nudgeSubjects(): Promise<string[]> {
  const manager = await broker.connection.jetstreamManager();
  const { state } = await manager.streams.info(jetstream.nudges.stream, { subjects_filter: '>' });
  return Object.keys(state.subjects ?? {});
}
const nudgeCount = async () =>
  (await (await broker.connection.jetstreamManager()).streams.info(jetstream.nudges.stream)).state.messages;

test('what got stuck is woken on demand; of two janitors the queue keeps one nudge', async () => {
  await happen('volume', volumeOf(1), 0, requested({ volumeId: volumeOf(1) }), placed(examplePool));
  await broker.liveness.report(report('store-01'));
  await Promise.all([start(), start()]);
  // Either of them answers; asked often enough, both have.
  for (let count = 0; count < 10; count += 1) await demand('resume-stuck');
  expect(await nudgeSubjects()).toEqual([`hearth.nudge.store-01.volume.${volumeOf(1)}`]);
  expect(await nudgeCount()).toBe(1);
});

test('lowered limits are made to hold as soon as the backend reports them, and the pool is woken to reap', async () => {
  await broker.liveness.report(report('store-01'));
  await happen('image-cache', cachePool, 0, ...entry(1), ...entry(2), ...entry(3));
  await start();
  await happen('service', 'store-01@fast', 0, settings(1));
  await eventually(async () => (await cache()).usage.count === 1);
  await eventually(async () => (await demand('reap-retired')).done === 1);
  expect(await nudgeCount()).toBe(1);
});

test('an image that is gone serves nobody, whichever janitor saw it first, and its entry goes after the grace period', async () => {
  await happen('service', 'store-01@fast', 0, settings(0, { graceSeconds: 0 }));
  await happen('image-cache', cachePool, 0, ...entry(1), ...entry(2));
  images.put(imageOf(2));
  await Promise.all([start(), start()]);
  for (let count = 0; count < 6; count += 1) await demand('age-and-verify');
  await eventually(async () => {
    await demand('age-and-verify');
    return (await cache()).usage.count === 1;
  });
  const facts: string[] = [];
  for await (const { events } of broker.store.read({ category: 'image-cache', id: cachePool } as const)) {
    facts.push(...events.map(({ type, data }) => ('reason' in data ? `${type} ${data.reason}` : type)));
  }
  expect(facts.slice(4)).toEqual(['suspended', 'evict image-deleted']);
});

test('a policy is carried out once, by however many janitors', async () => {
  await happen('service', 'store-01@fast', 0, settings(0));
  const definition = { name: 'one', selector: { imageId: imageOf(1).id }, pools: ['*'], keep: 1, pin: true };
  const by = { policyId: randomUUID() };
  const policy = { ...definition, everySeconds: 60, enabled: true, by, at: longAgo };
  await happen('cache-policy', by.policyId, 0, { type: 'defined', data: policy });
  images.put(imageOf(1));
  await Promise.all([start(), start()]);
  for (let count = 0; count < 6; count += 1) await demand('prefetch-policies');
  const { pins, prefetches, tick } = await cache();
  expect([pins.size, prefetches.size, tick]).toEqual([1, 1, 2]);
});

test('a host is asked to compare its pool with the log; one that does not listen is left', async () => {
  await broker.liveness.report(report('store-01'));
  await happen('image-cache', cachePool, 0, ...entry(1));
  await start();
  expect(await demand('reconcile')).toMatchObject({ examined: 1, done: 0, left: 1 });
  const asked: unknown[] = [];
  const findings = { foreign: 0, orphans: 0, orphansRemoved: 0, ghosts: 0, ghostsEvicted: 0, sizes: 0, dependants: 0 };
  const lists = { orphans: [], ghosts: [], sizes: [], dependants: [] };
  let answer: unknown = 'nonsense';
  const host = broker.connection.subscribe(reconcileSubject('store-01'), {
    callback: (_error, message) => {
      asked.push(message.json());
      message.respond(JSON.stringify(answer));
    },
  });
  expect(await demand('reconcile')).toMatchObject({ done: 0, left: 1 });
  answer = { report: { pool: cachePool, at: longAgo, dryRun: false, totals: { objects: 1, ...findings }, ...lists } };
  expect(await demand('reconcile')).toMatchObject({ done: 1, left: 0 });
  expect(asked).toEqual(Array(2).fill({ pool: cachePool, dryRun: false }));
  host.unsubscribe();
});

test('a pass that does not exist is answered with an error', async () => {
  await start();
  expect(await demand('sweep')).toMatchObject({ pass: 'sweep', error: expect.stringContaining("no pass 'sweep'") });
});

test('a janitor started again goes on from its snapshots', async () => {
  await happen('volume', volumeOf(1), 0, requested({ volumeId: volumeOf(1) }));
  await start();
  await running.splice(0)[0]?.();
  await happen('volume', volumeOf(2), 0, requested({ volumeId: volumeOf(2) }));
  await start();
  await eventually(async () => (await demand('resume-stuck')).examined === 2);
});
