import {
  jetstream,
  type HostReport,
  nudgesOfHost,
  schedulerHost,
  targetOfNudge,
  type VolumeEvent,
} from '@hearth/contracts';
import {
  deletionRequested,
  examplePool,
  exampleRequest,
  fillStarted,
  generationOf,
  otherPool,
  placed,
  provisioned,
  requested,
  rescheduled,
  thisProcess,
} from '@hearth/domain/testing';
import { volumeDecider, type Volume } from '@hearth/domain';
import { type Broker, openBroker } from '@hearth/event-store-nats';
import { commitCodec, type NewCommit, readState, rememberingCodec } from '@hearth/event-sourcing';
import type { VolumeId } from '@hearth/kernel';
import { createLog, JetStreamTransport, PassErrorsFilter } from '@hearth/platform';
import { eventually } from '@hearth/testing';
import { throwAwayNats, type ThrowAwayNats } from '@hearth/testing/servers';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { randomUUID } from 'node:crypto';
import { consumers } from './consumers';
import { Scheduler } from './scheduler';
import { SchedulerModule } from './scheduler.module';

const log = createLog({ name: 'test', level: 'fatal', format: 'json' });
let server: ThrowAwayNats;
let broker: Broker;
const running: { app: INestMicroservice; scheduler: Scheduler; broker: Broker }[] = [];

beforeEach(async () => {
  server = await throwAwayNats();
  broker = await open();
});
afterEach(async () => {
  for (const one of running.splice(0)) await stop(one);
  await broker.close();
  await server.stop();
});

const open = (codec = commitCodec()) => openBroker({ natsUrl: [server.url] }, { name: 'test', log, codec });

async function start({ patienceMs = 10_000 } = {}) {
  const codec = rememberingCodec(commitCodec(), 10);
  const own = await open(codec);
  const scheduler = new Scheduler({
    store: own.store,
    nudges: own.nudges,
    liveness: own.liveness,
    snapshots: own.snapshots,
    now: () => new Date().toISOString(),
    newId: randomUUID,
    clock: Date,
    placementPatienceMs: patienceMs,
    codec,
    log,
  });
  await scheduler.start();
  const strategy = new JetStreamTransport({
    connection: own.connection,
    consumers: consumers({ factsAtOnceMax: 8 }),
    log,
  });
  const app = await NestFactory.createMicroservice(SchedulerModule.of(scheduler), {
    strategy,
    logger: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new PassErrorsFilter());
  await app.listen();
  const one = { app, scheduler, broker: own };
  running.push(one);
  return one;
}

async function stop({ app, scheduler, broker: own }: (typeof running)[number]): Promise<void> {
  await app.close();
  await scheduler.close();
  await own.close();
}

function report(pool: typeof examplePool, freeGib = 500): HostReport {
  const host = pool.split('@')[0]!;
  const cache = { state: 'enabled', reason: null, maxSizeGib: 0, maxCount: 0 } as const;
  const figures = {
    totalGib: 1_000,
    freeGib,
    provisionedGib: 0,
    thin: false,
    oversubscriptionMax: 1,
    reservedPercent: 0,
  };
  const pools = [{ pool, availabilityZone: 'nova', ...figures, capabilities: {}, cloneMethod: 'reflink', cache }];
  return { host, incarnation: 'a', reportedAt: new Date().toISOString(), version: '1', pools, down: [] };
}

const commitOf = (...events: VolumeEvent[]): NewCommit<'volume'> => ({
  id: randomUUID(),
  recordedAt: new Date().toISOString(),
  events,
});

/** Appends events to a volume's stream, one commit each. */
async function happen(id: string, ...events: VolumeEvent[]): Promise<number> {
  const stream = { category: 'volume', id } as const;
  let { sequence } = await readState(broker.store, volumeDecider, stream);
  for (const event of events) {
    const result = await broker.store.append(stream, sequence, commitOf(event));
    if (result.status !== 'appended') throw new Error('the test appends alone');
    ({ sequence } = result);
  }
  return sequence;
}

const request = async (sizeGib = 1): Promise<string> => {
  const id = randomUUID();
  await happen(id, requested({ ...exampleRequest, volumeId: id as VolumeId, sizeGib }));
  return id;
};

const volume = async (id: string): Promise<Volume> =>
  (await readState(broker.store, volumeDecider, { category: 'volume', id } as const)).state;
const becomes = (id: string, status: Volume['status']) =>
  eventually(async () => (await volume(id)).status === status, { what: `volume ${id} is ${status}` });

/** The nudges that are stored now, as `host kind id`. */
async function nudges(host: string): Promise<string[]> {
  const manager = await broker.connection.jetstreamManager();
  const { state } = await manager.streams.info(jetstream.nudges.stream);
  const subject = nudgesOfHost(host).replace('>', '');
  const found: string[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
    const message = await manager.streams.getMessage(jetstream.nudges.stream, { seq }).catch(() => undefined);
    const target = message?.subject.startsWith(subject) ? targetOfNudge(message.subject) : undefined;
    if (target) found.push(`${target.kind} ${target.id}`);
  }
  return found;
}

/** True when the broker has every fact acknowledged. */
const settled = () =>
  eventually(
    async () => {
      const manager = await broker.connection.jetstreamManager();
      const info = await manager.consumers.info(jetstream.facts.stream, 'scheduler-facts');
      return info.num_pending === 0 && info.num_ack_pending === 0;
    },
    { what: 'all facts are acknowledged' },
  );

test('a requested volume is placed, and the host of its pool is woken once', async () => {
  await broker.liveness.report(report(examplePool));
  await start();
  const id = await request();
  await becomes(id, 'placed');
  await settled();
  expect(await nudges('store-01')).toEqual([`volume ${id}`]);
});

test('a placement and a deletion each wake the host that has the volume', async () => {
  await start();
  const id = randomUUID();
  await happen(
    id,
    requested({ volumeId: id as VolumeId }),
    placed(otherPool),
    provisioned(otherPool),
    deletionRequested(),
  );
  await settled();
  expect(await nudges('store-02')).toEqual([`volume ${id}`, `volume ${id}`]);
});

test('creates that came before any pool reported are placed as soon as one does', async () => {
  await start();
  const id = await request();
  await eventually(async () => {
    const manager = await broker.connection.jetstreamManager();
    return (await manager.consumers.info(jetstream.facts.stream, 'scheduler-facts')).num_redelivered > 0;
  });
  await broker.liveness.report(report(examplePool));
  await becomes(id, 'placed');
});

test('a create for which no pool reports in time fails with a reason', async () => {
  await start({ patienceMs: 100 });
  const id = await request();
  await becomes(id, 'error');
  expect(await volume(id)).toMatchObject({ failure: { code: 'placement.no_valid_backend' } });
});

test('two schedulers share the work, and together do not overfill a pool', async () => {
  await broker.liveness.report(report(examplePool, 20));
  await Promise.all([start({ patienceMs: 0 }), start({ patienceMs: 0 })]);
  const ids: string[] = [];
  for (let count = 0; count < 30; count += 1) {
    const id = await request();
    ids.push(id);
    await eventually(async () => (await volume(id)).status !== 'requested');
  }
  const statuses = await Promise.all(ids.map(async (id) => (await volume(id)).status));
  expect(statuses.filter((status) => status === 'placed')).toHaveLength(20);
  expect(statuses.filter((status) => status === 'error')).toHaveLength(10);
  await settled();
  expect(await nudges('store-01')).toHaveLength(20);
});

test('a fact delivered again makes no second placement and no second nudge', async () => {
  await broker.liveness.report(report(examplePool));
  const one = await start();
  const id = await request();
  await becomes(id, 'placed');
  await settled();
  const { sequence } = await readState(broker.store, volumeDecider, { category: 'volume', id } as const);
  const manager = await broker.connection.jetstreamManager();
  for (let seq = 1; seq <= sequence; seq += 1) {
    const { subject, data, time } = await manager.streams.getMessage(jetstream.facts.stream, { seq });
    await one.scheduler.onFact({ subject, sequence: seq, storedAt: time.toISOString() }, data);
  }
  expect(await nudges('store-01')).toEqual([`volume ${id}`]);
  expect((await readState(broker.store, volumeDecider, { category: 'volume', id } as const)).sequence).toBe(sequence);
});

test('facts that arrive while no scheduler runs are worked on by the next one', async () => {
  await broker.liveness.report(report(examplePool));
  await stop(await start());
  running.length = 0;
  const ids = [await request(), await request()];
  await start();
  for (const id of ids) await becomes(id, 'placed');
  await settled();
  expect((await nudges('store-01')).sort()).toEqual(ids.map((id) => `volume ${id}`).sort());
});

test('a volume given back by its host is placed elsewhere; a nudge places one that was forgotten', async () => {
  await broker.liveness.report(report(examplePool));
  await broker.liveness.report(report(otherPool, 1));
  const { scheduler } = await start();
  const id = await request();
  await becomes(id, 'placed');
  await happen(id, rescheduled(examplePool));
  await eventually(async () => {
    const state = await volume(id);
    return state.status === 'placed' && state.pool === otherPool;
  });
  const forgotten = await request();
  await scheduler.onNudge({ kind: 'volume', id: forgotten });
  await becomes(forgotten, 'placed');
  await broker.nudges.send(schedulerHost, { kind: 'volume', id: forgotten }, { dedupeId: 'janitor' });
  await eventually(async () => (await nudges(schedulerHost)).length === 0);
});

test('a failed fill wakes the pool that has to remove what is left of it', async () => {
  await start();
  const stream = { category: 'image-cache', id: examplePool } as const;
  const failed = {
    type: 'fill-failed',
    data: { generation: generationOf(1), failure: { code: 'image.unacceptable', reason: 'no' }, transient: false },
  } as const;
  const commit = {
    id: randomUUID(),
    recordedAt: new Date().toISOString(),
    events: [fillStarted(1, 1, thisProcess), failed],
  };
  await broker.store.append(stream, 0, commit);
  await settled();
  await eventually(async () => (await nudges('store-01')).length > 0);
  expect(await nudges('store-01')).toEqual([`pool ${examplePool}`]);
});
