import type { EventsOf } from '@hearth/contracts';
import { untilState } from '@hearth/event-sourcing';
import { newCommit, streamNamed } from '@hearth/event-sourcing/testing';
import { eventually } from '@hearth/testing';
import { throwAwayNats, type ThrowAwayNats } from '@hearth/testing/servers';
import type { NatsConnection } from 'nats';
import { connectNats } from './connection';
import { ensureStreams } from './ensure-streams';
import { JetStreamEventStore } from './jetstream.event-store';

let server: ThrowAwayNats;
let connection: NatsConnection;
let store: JetStreamEventStore;
beforeAll(async () => {
  server = await throwAwayNats();
  connection = await connectNats({ servers: [server.url], name: 'until-state' });
  await ensureStreams(connection);
  store = await JetStreamEventStore.open(connection, { timeoutMs: 2_000 });
});
afterAll(async () => {
  await connection.close();
  await server.stop();
});

/** The reasons that a stream has told so far. */
const reasons = {
  evolve: (told: readonly string[], event: EventsOf['service']) =>
    event.type === 'ServiceDisabled' ? [...told, event.data.reason] : told,
};
const last = (reason: string) => (told: readonly string[]) => told.at(-1) === reason;
const long = { timeoutMs: 60_000 };

async function consumers(): Promise<number> {
  const manager = await connection.jetstreamManager();
  return (await manager.streams.info('HEARTH_FACTS')).state.consumer_count;
}

async function appended(stream: ReturnType<typeof streamNamed<'service'>>, after: number, reason: string) {
  const answer = await store.append(stream, after, newCommit(reason));
  if (answer.status === 'conflict') throw new Error('there is only one writer');
  return answer.sequence;
}

test('many wait for a stream each, get what came to it, and leave no consumer behind', async () => {
  const streams = Array.from({ length: 20 }, () => streamNamed('service'));
  const firsts = await Promise.all(streams.map((stream) => appended(stream, 0, 'asked')));
  const waiting = streams.map((stream, at) =>
    untilState(store, reasons, { stream, state: ['asked'], sequence: firsts[at]! }, last('done'), long),
  );
  await eventually(async () => (await consumers()) === streams.length, { timeoutMs: 30_000 });
  await Promise.all(streams.map((stream, at) => appended(stream, firsts[at]!, 'done')));
  expect((await Promise.all(waiting)).map((reached) => reached?.state)).toEqual(streams.map(() => ['asked', 'done']));
  await eventually(async () => (await consumers()) === 0, { timeoutMs: 30_000 });
});

test('who waits in vain leaves no consumer behind either', async () => {
  const stream = streamNamed('service');
  const sequence = await appended(stream, 0, 'asked');
  const from = { stream, state: ['asked'], sequence };
  expect(await untilState(store, reasons, from, last('done'), { timeoutMs: 200 })).toBeUndefined();
  await eventually(async () => (await consumers()) === 0, { timeoutMs: 30_000 });
});

test('a broker that is killed and comes back while somebody waits does no harm', async () => {
  const stream = streamNamed('service');
  const sequence = await appended(stream, 0, 'asked');
  const waiting = untilState(store, reasons, { stream, state: ['asked'], sequence }, last('done'), long);
  await eventually(async () => (await consumers()) === 1, { timeoutMs: 30_000 });
  await server.kill();
  await server.restart();
  const commit = newCommit('done');
  let done: number | undefined;
  await eventually(
    async () => {
      const answer = await store.append(stream, sequence, commit).catch(() => undefined);
      done = answer?.status === 'appended' ? answer.sequence : undefined;
      return done !== undefined;
    },
    { timeoutMs: 30_000 },
  );
  expect(await waiting).toMatchObject({ state: ['asked', 'done'], sequence: done });
});
