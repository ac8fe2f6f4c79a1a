import { jetstream } from '@hearth/contracts';
import { newCommit, streamNamed } from '@hearth/event-sourcing/testing';
import { eventually } from '@hearth/testing';
import { throwAwayNats, type ThrowAwayNats } from '@hearth/testing/servers';
import type { NatsConnection } from 'nats';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { connectNats } from './connection';
import { ensureStreams } from './ensure-streams';
import { FeedSession } from './feed-session';
import { JetStreamEventStore } from './jetstream.event-store';
import { orderedFeed } from './ordered-feed';

let server: ThrowAwayNats;
let connection: NatsConnection;

beforeEach(async () => {
  server = await throwAwayNats();
  connection = await connectNats({ servers: [server.url], name: 'feed-session' });
  await ensureStreams(connection);
});
afterEach(async () => {
  await connection.close();
  await server.stop();
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('what was taken is let go although more is waiting: a reader that never catches up holds a bounded part of the log', async () => {
  const store = await JetStreamEventStore.open(connection);
  const stream = streamNamed('service');
  for (let sequence = 0; sequence < 20; sequence += 1) await store.append(stream, sequence, newCommit('one of many'));
  const source = { connection, manager: await connection.jetstreamManager(), stream: jetstream.facts.stream };
  const session = await FeedSession.open(source, 0, () => undefined);
  try {
    const taken: WeakRef<object>[] = [];
    await eventually(() => {
      taken.push(...session.take(1).map((message) => new WeakRef(message)));
      return taken.length === 10;
    });
    expect(session.isEmpty).toBe(false);
    await eventually(async () => {
      await nextTurn();
      collectGarbage();
      return taken.every((message) => message.deref() === undefined);
    });
    expect(session.isEmpty).toBe(false);
  } finally {
    session.close();
  }
});

test('who follows makes no consumer after the other without a pause while each ends at once', async () => {
  const manager = await connection.jetstreamManager();
  let made = 0;
  const consumers = new Proxy(manager.consumers, {
    get: (target, name) =>
      name === 'add'
        ? async (...[stream, config]: Parameters<typeof target.add>) => {
            made += 1;
            const info = await target.add(stream, config);
            setImmediate(() => void target.delete(stream, info.name).catch(() => undefined));
            return info;
          }
        : (Reflect.get(target, name) as () => unknown).bind(target),
  });
  const stop = new AbortController();
  const refusing = new Proxy(manager, {
    get: (target, name) => (name === 'consumers' ? consumers : Reflect.get(target, name)),
  });
  const { stream } = jetstream.facts;
  const feed = orderedFeed({
    connection,
    manager: refusing,
    stream,
    afterSequence: 0,
    batchMax: 10,
    signal: stop.signal,
  });
  const following = (async () => {
    for await (const _ of feed) continue;
  })();
  await eventually(() => made >= 3);
  await delay(500);
  stop.abort();
  await following;
  expect(made).toBeLessThan(10);
});

test('who is in no hurry asks for what waits, and no more, so that the next ones gather; all come, in order', async () => {
  const store = await JetStreamEventStore.open(connection);
  const append = (id: string) => store.append({ category: 'service', id }, 0, newCommit(`of ${id}`));
  for (const id of ['one', 'two']) await append(id);
  const stop = new AbortController();
  const asked: number[] = [];
  const publish = connection.publish.bind(connection);
  connection.publish = (subject, payload, options) => {
    if (subject.includes('.MSG.NEXT.')) asked.push((JSON.parse(String(payload)) as { batch: number }).batch);
    publish(subject, payload, options);
  };
  const sequences: number[] = [];
  const following = (async () => {
    for await (const { commits, readTo } of store.follow({ afterSequence: 0, gatherMs: 100, signal: stop.signal })) {
      sequences.push(...commits.map(({ sequence }) => sequence));
      expect(readTo).toBe(sequences.at(-1));
    }
  })();
  await eventually(() => sequences.length === 2);
  await Promise.all(['three', 'four', 'five', 'six'].map(append));
  await eventually(() => sequences.length === 6);
  stop.abort();
  await following;
  expect(sequences).toEqual([1, 2, 3, 4, 5, 6]);
  expect(asked[0]).toBe(2);
  expect(Math.max(...asked)).toBeLessThanOrEqual(4);
});
