import {
  eventSubject,
  type FillProgress,
  fillProgressSchema,
  jetstream,
  type ImageCacheEvent,
  type VolumeEvent,
} from '@hearth/contracts';
import {
  cachePool,
  complete,
  deleted,
  deletionRequested,
  exampleRequest,
  fillStarted,
  generationOf,
  imageOf,
  imageVolumeOf,
  placed,
  provisioned,
  requested,
} from '@hearth/domain/testing';
import { type Broker, openBroker } from '@hearth/event-store-nats';
import type { EventStore } from '@hearth/event-sourcing';
import type { VolumeId } from '@hearth/kernel';
import { createLog } from '@hearth/platform';
import { eventually } from '@hearth/testing';
import { throwAwayNats, type ThrowAwayNats } from '@hearth/testing/servers';
import { type ConsumerOptsBuilder, connect, consumerOpts, createInbox, type JsMsg, type NatsConnection } from 'nats';
import { randomUUID } from 'node:crypto';
import { Notifier } from './notifier';
import { EventStream } from './publish/event-stream';
import { LiveEvents } from './publish/live-events';
import { placeHeaders } from './publish/outward-event';

const log = createLog({ name: 'test', level: 'fatal', format: 'json' });
let server: ThrowAwayNats;
let broker: Broker;
let outsider: NatsConnection;
const running: { notifier: Notifier; own: Broker }[] = [];

beforeEach(async () => {
  server = await throwAwayNats();
  broker = await openBroker({ natsUrl: [server.url] }, { name: 'test', log });
  outsider = await connect({
    servers: server.url,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 50,
    reconnectJitter: 10,
  });
});
afterEach(async () => {
  for (const one of running.splice(0)) await stop(one);
  await outsider.close();
  await broker.close();
  await server.stop();
});

type Events = Pick<EventStream, 'end' | 'publish'>;

async function start({ wrap = (events: Events): Events => events } = {}) {
  const own = await openBroker({ natsUrl: [server.url] }, { name: 'notifier', log });
  const events = wrap(await EventStream.open(own.connection));
  const { store, snapshots } = own;
  const notifier = new Notifier({
    store,
    events,
    snapshots,
    progress: own.progress,
    liveEvents: new LiveEvents(own.connection),
    source: 'test',
    volumesKnownMax: 3,
    standbyIntervalMs: 100,
    log,
  });
  notifier.start();
  running.push({ notifier, own });
  return { notifier, own };
}

async function stop({ notifier, own }: { notifier: Notifier; own: Broker }): Promise<void> {
  await notifier.close();
  await own.close();
  running.splice(0, running.length, ...running.filter((one) => one.notifier !== notifier));
}

let positions = new Map<string, number>();
beforeEach(() => (positions = new Map()));

async function happen(
  stream: Parameters<EventStore['append']>[0],
  ...events: readonly (VolumeEvent | ImageCacheEvent)[]
): Promise<void> {
  for (const event of events) {
    const commit = { id: randomUUID(), recordedAt: new Date().toISOString(), correlationId: 'req-7', events: [event] };
    const result = await broker.store.append(stream, positions.get(stream.id) ?? 0, commit);
    if (result.status !== 'appended') throw new Error('the test appends alone');
    positions.set(stream.id, result.sequence);
  }
}
const inVolume = (id: string, ...events: VolumeEvent[]) => happen({ category: 'volume', id }, ...events);
const inPool = (...events: ImageCacheEvent[]) => happen({ category: 'image-cache', id: cachePool }, ...events);

const asked = (id: string) => requested({ ...exampleRequest, volumeId: id as VolumeId });
async function lifeOf(id: string): Promise<void> {
  await inVolume(id, asked(id), placed(), provisioned());
}
const use = (id: string) => ({
  volumeId: id as VolumeId,
  generation: generationOf(1),
  imageId: imageOf(1).id,
  projectId: exampleRequest.projectId,
  userId: exampleRequest.userId,
  sizeGib: 10,
  volumeType: '__DEFAULT__',
  requestId: 'req-7',
});
const created: ImageCacheEvent = {
  type: 'create',
  data: { ...complete(1).created, imageId: imageOf(1).id, imageVolumeId: imageVolumeOf(1), sizeGib: 2 },
};

interface Seen {
  readonly type: string;
  readonly id: string;
  readonly place: string;
  readonly data: Record<string, unknown>;
}

/** The whole stream of events as it is stored. */
async function stored(): Promise<Seen[]> {
  const manager = await outsider.jetstreamManager();
  const { state } = await manager.streams.info(jetstream.events.stream);
  const seen: Seen[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
    const { header, subject, data } = await manager.streams.getMessage(jetstream.events.stream, { seq });
    if (!header?.has('ce-id')) continue;
    const place = `${header.get(placeHeaders.fact)}/${header.get(placeHeaders.notice)}`;
    const type = header.get('ce-type');
    if (subject !== eventSubject(type)) throw new Error(`${type} went out on ${subject}`);
    seen.push({ type, id: header.get('ce-id'), place, data: JSON.parse(new TextDecoder().decode(data)) });
  }
  return seen;
}
const untilStored = (count: number) =>
  eventually(async () => ((await stored()).length >= count ? stored() : undefined), {
    what: `${count} events are out`,
  });

/** Positions in the log rise, and no event is there twice. */
function expectOrderOnce(seen: readonly Seen[]): void {
  expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
  const order = seen.map(({ place }) => place.split('/').map(Number) as [number, number]);
  expect(order).toEqual([...order].sort((one, other) => one[0] - other[0] || one[1] - other[1]));
}

test('J.2 · J.a: a stock subscriber sees one miss and one create, then one hit', async () => {
  const seen: { type: string; id: string; time: string; contentType: string; subject: string }[] = [];
  const subscription = outsider.subscribe('hearth.events.image_volume_cache.>', {
    callback: (_error, { headers: marks }) => {
      const [type, id, time, subject] = ['ce-type', 'ce-id', 'ce-time', 'ce-subject'].map(
        (name) => marks?.get(name) ?? '',
      );
      seen.push({
        type: type!,
        id: id!,
        time: time!,
        subject: subject!,
        contentType: marks?.get('content-type') ?? '',
      });
    },
  });
  await outsider.flush();
  await start();
  const [first, second] = [randomUUID(), randomUUID()];
  await inVolume(first, asked(first), placed());
  await inPool(fillStarted(1, 1), created);
  await inVolume(first, provisioned());
  await inPool({ type: 'miss', data: { ...use(first), failed: false } });
  await lifeOf(second);
  await inPool({ type: 'hit', data: { ...use(second), joined: false } });
  await eventually(() => seen.length >= 5);
  await untilStored(11);
  expect(seen.map(({ type }) => type)).toEqual([
    'image_volume_cache.fill.start',
    'image_volume_cache.create',
    'image_volume_cache.fill.end',
    'image_volume_cache.miss',
    'image_volume_cache.hit',
  ]);
  for (const { contentType, time, subject } of seen) {
    expect([contentType, subject]).toEqual(['application/json', imageOf(1).id]);
    expect(new Date(time).toISOString()).toBe(time);
  }
  subscription.unsubscribe();
});

test('a life of a volume goes out in order, with what its owner has to know', async () => {
  await start();
  const id = randomUUID();
  await lifeOf(id);
  await inVolume(id, deletionRequested(), deleted());
  const seen = await untilStored(4);
  expect(seen.map(({ type }) => type)).toEqual([
    'volume.create.start',
    'volume.create.end',
    'volume.delete.start',
    'volume.delete.end',
  ]);
  for (const { data } of seen) {
    expect(data).toMatchObject({
      project_id: 'demo',
      user_id: 'alice',
      volume_id: id,
      size_gib: 10,
      request_id: 'req-7',
      internal: false,
    });
  }
  expectOrderOnce(seen);
});

test('an outsider who was away replays from a time', async () => {
  await start();
  await lifeOf(randomUUID());
  await untilStored(2);
  const since = new Date();
  const late = randomUUID();
  await lifeOf(late);
  await untilStored(4);
  const options: ConsumerOptsBuilder = consumerOpts();
  options.startTime(since);
  options.ackNone();
  options.deliverTo(createInbox());
  const seen: JsMsg[] = [];
  options.callback((_error, message) => void (message && seen.push(message)));
  await outsider.jetstream().subscribe(jetstream.events.subjects, options);
  await eventually(() => seen.length === 2);
  expect(seen.map((message) => message.headers?.get('ce-subject'))).toEqual([late, late]);
});

test('an answer that an outsider had stored among the events stops none of them, and none goes out twice', async () => {
  await start();
  const answer = async () => {
    const last = async () =>
      (await (await outsider.jetstreamManager()).streams.info(jetstream.events.stream)).state.last_seq;
    const before = await last();
    outsider.publish(`$JS.API.STREAM.INFO.${jetstream.events.stream}`, '', {
      reply: eventSubject('volume.create.end'),
    });
    await eventually(async () => (await last()) > before);
  };
  await lifeOf(randomUUID());
  await untilStored(2);
  await answer();
  await lifeOf(randomUUID());
  expectOrderOnce(await untilStored(4));
  for (const one of [...running]) await stop(one);
  await answer();
  await lifeOf(randomUUID());
  await start();
  const seen = await untilStored(6);
  expect(seen).toHaveLength(6);
  expectOrderOnce(seen);
});

test('a notifier that dies between two events leaves neither a gap nor a duplicate', async () => {
  const total = 60;
  for (let count = 0; count < total / 2; count += 1) await lifeOf(randomUUID());
  // Each notifier stores some events, of which it hears back from some only, and is then no more.
  for (const survives of [1, 7, 8, 20]) {
    let published = 0;
    let dead: () => void = () => undefined;
    const died = new Promise<void>((resolve) => (dead = resolve));
    const { notifier } = await start({
      wrap: (events) => ({
        end: () => events.end(),
        publish: async (message, expected) => {
          published += 1;
          if (published > survives) {
            dead();
            throw new Error('the process is gone');
          }
          await events.publish(message, expected);
          if (published > survives - 2) throw new Error('the process is gone before the answer');
        },
      }),
    });
    await died;
    await stop(running.find((one) => one.notifier === notifier)!);
  }
  await start();
  const seen = await untilStored(total);
  expect(seen).toHaveLength(total);
  expectOrderOnce(seen);
});

test('of two notifiers one publishes at a time, and when it dies the other goes on', async () => {
  const first = await start();
  const second = await start();
  for (let count = 0; count < 20; count += 1) await lifeOf(randomUUID());
  expectOrderOnce(await untilStored(40));
  await stop(first);
  for (let count = 0; count < 5; count += 1) await lifeOf(randomUUID());
  const seen = await untilStored(50);
  expect(seen).toHaveLength(50);
  expectOrderOnce(seen);
  expect(second.notifier.check().role).toBe('publishing');
});

test('events that have had their time are not told again after a restart', async () => {
  await stop(await startAndTell(4));
  const manager = await outsider.jetstreamManager();
  await manager.streams.purge(jetstream.events.stream);
  const next = randomUUID();
  await inVolume(next, asked(next));
  await start();
  expect(await untilStored(1)).toMatchObject([{ data: { volume_id: next } }]);
});

test('events that have had their time are counted off where no position was kept', async () => {
  await stop(await startAndTell(4));
  await (await outsider.jetstream().views.os(jetstream.snapshotsBucket)).delete('notifier/position');
  await (await outsider.jetstreamManager()).streams.purge(jetstream.events.stream);
  const next = randomUUID();
  await inVolume(next, asked(next));
  await start();
  expect(await untilStored(1)).toMatchObject([{ data: { volume_id: next } }]);
});

async function startAndTell(events: number) {
  const one = await start();
  for (let count = 0; count < events / 2; count += 1) await lifeOf(randomUUID());
  await untilStored(events);
  return one;
}

test('an outage of the broker delays events and loses none', async () => {
  const { notifier } = await startAndTell(2);
  await server.kill();
  await server.restart();
  await eventually(async () => (await broker.store.lastSequence()) > 0);
  await lifeOf(randomUUID());
  const seen = await untilStored(4);
  expect(seen).toHaveLength(4);
  expectOrderOnce(seen);
  await eventually(() => notifier.check().role === 'publishing');
}, 20_000);

test('a log that does not hold what was told is noticed, and nothing is told of it', async () => {
  await stop(await startAndTell(2));
  const headers = (await import('nats')).headers();
  for (const [name, value] of Object.entries({
    [placeHeaders.fact]: '999',
    [placeHeaders.notice]: '0',
    [placeHeaders.commit]: 'lost',
  })) {
    headers.set(name, value);
  }
  await outsider.jetstream().publish(eventSubject('volume.create.start'), '{}', { headers });
  const { notifier } = await start();
  await eventually(() => {
    try {
      notifier.check();
      return false;
    } catch (error) {
      return String(error).includes('commit lost at position 999');
    }
  });
  await lifeOf(randomUUID());
  const manager = await outsider.jetstreamManager();
  expect((await manager.streams.info(jetstream.events.stream)).state.messages).toBe(3);
});

describe('progress', () => {
  const startedAt = new Date().toISOString();
  const progress = (percent: number, patch: Readonly<Record<string, unknown>> = {}): FillProgress =>
    fillProgressSchema.parse({
      ...{ pool: cachePool, generation: 1, volumeId: null, imageId: imageOf(1).id, phase: 'download' },
      ...{ bytesDone: percent, bytesTotal: 100, percent, startedAt, at: new Date().toISOString(), ...patch },
    });

  /** What a live subscriber hears, as `type percent`. */
  async function listen(): Promise<string[]> {
    const heard: string[] = [];
    outsider.subscribe('hearth.live.>', {
      callback: (_error, { subject, headers: marks, data }) => {
        const { percent } = JSON.parse(new TextDecoder().decode(data)) as { percent: number };
        if (subject !== `hearth.live.${marks?.get('ce-type')}`) throw new Error(`it went out on ${subject}`);
        heard.push(`${marks?.get('ce-type')} ${percent}`);
      },
    });
    await outsider.flush();
    return heard;
  }

  test('goes out live for fills and downloads that run, from one of two notifiers, and into no stream', async () => {
    const heard = await listen();
    await start();
    await start();
    const id = randomUUID();
    await inPool(fillStarted(1, 1));
    await inVolume(id, asked(id), placed(), { type: 'VolumeDownloadStarted', data: { pool: cachePool } });
    await untilStored(4);
    await broker.progress.report(progress(42));
    await broker.progress.report(progress(7, { generation: null, volumeId: id }));
    await eventually(() => heard.length >= 2);
    // A third one, after which the others' second telling would have come.
    await inPool(fillStarted(2, 2));
    await untilStored(6);
    await broker.progress.report(progress(9, { generation: 2 }));
    await eventually(() => heard.length >= 3);
    expect([...heard].sort()).toEqual([
      'image_volume_cache.fill.progress 42',
      'image_volume_cache.fill.progress 9',
      'volume.download.progress 7',
    ]);
    expect((await stored()).filter(({ type }) => type.endsWith('.progress'))).toEqual([]);
  });

  test('goes on after an outage of the broker', async () => {
    const heard = await listen();
    await start();
    await inPool(fillStarted(1, 1));
    await untilStored(2);
    await server.kill();
    await server.restart();
    await eventually(async () => (await broker.store.lastSequence()) > 0);
    await eventually(
      async () => {
        await broker.progress.report(progress(42)).catch(() => undefined);
        await outsider.flush();
        return heard.length > 0;
      },
      { timeoutMs: 15_000 },
    );
    expect(heard[0]).toBe('image_volume_cache.fill.progress 42');
  }, 30_000);
});
