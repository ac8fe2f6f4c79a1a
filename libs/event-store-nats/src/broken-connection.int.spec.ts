import { openLedger, StoreUnavailableError, wasRefused, type Commit } from '@hearth/event-sourcing';
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

beforeEach(async () => {
  server = await throwAwayNats();
  connection = await connectNats({ servers: [server.url], name: 'broken-connection' });
  await ensureStreams(connection);
  store = await JetStreamEventStore.open(connection, { timeoutMs: 2_000 });
});
afterEach(async () => {
  await connection.close();
  await server.stop();
});

/** Follows in the background into an array of positions. */
function follow(options: { batchMax?: number; pause?: () => Promise<void> } = {}) {
  const sequences: number[] = [];
  const stop = new AbortController();
  const ended = (async () => {
    for await (const { commits } of store.follow({
      afterSequence: 0,
      signal: stop.signal,
      batchMax: options.batchMax,
    })) {
      sequences.push(...commits.map(({ sequence }) => sequence));
      await options.pause?.();
    }
  })();
  return { sequences, ended, stop: () => (stop.abort(), ended) };
}

const untilAnswered = async <T>(work: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      // A test that has failed closes the connection: whoever went on then would do so for ever.
      if (!(error instanceof StoreUnavailableError) || connection.isClosed()) throw error;
    }
  }
};

const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

test('a follower misses and doubles nothing while the server is killed and restarted three times', async () => {
  const following = follow({ batchMax: 7 });
  const stream = streamNamed('service');
  const kills = (async () => {
    for (const at of [40, 120, 200]) {
      await eventually(() => following.sequences.length >= at, { timeoutMs: 30_000 });
      await server.kill();
      await server.restart();
    }
  })();
  let last = 0;
  for (let count = 0; count < 300; count += 1) {
    const commit = newCommit(`reason ${count}`);
    const result = await untilAnswered(() => store.append(stream, last, commit));
    if (result.status === 'conflict') throw new Error('there is only one writer');
    last = result.sequence;
  }
  await kills;
  expect(last).toBe(300);
  await eventually(() => following.sequences.length >= last, { timeoutMs: 30_000 });
  await following.stop();
  expect(following.sequences).toEqual(upTo(300));
}, 60_000);

test('P11: a ledger loses and doubles no command while the server is killed and restarted', async () => {
  const stream = streamNamed('service', 'host@backend');
  let ids = 0;
  const ledger = await openLedger({
    store,
    stream,
    now: () => '2026-01-02T03:04:05.678Z',
    newId: () => `id-${(ids += 1)}`,
    decider: {
      initialState: [] as readonly string[],
      decide: (reason: string, reasons) => (reasons.includes(reason) ? [] : newCommit(reason).events),
      evolve: (reasons, event) => (event.type === 'ServiceDisabled' ? [...reasons, event.data.reason] : reasons),
      isTerminal: () => false,
    },
  });
  const reasons = Array.from({ length: 200 }, (_, at) => `reason ${at}`);
  const submissions = reasons.map(async (reason, at) => {
    await eventually(() => ledger.state().length >= at - 20, { timeoutMs: 30_000 });
    const answer = await untilAnswered(() => ledger.submit(reason));
    expect(wasRefused(answer)).toBe(false);
  });
  await eventually(() => ledger.state().length >= 50);
  await server.kill();
  await server.restart();
  await Promise.all(submissions);
  const commits: Commit<'service'>[] = [];
  for await (const commit of store.read(stream)) commits.push(commit);
  const stored = commits.flatMap(({ events }) => events.map(({ data }) => ('reason' in data ? data.reason : '')));
  expect([...stored].sort()).toEqual([...reasons].sort());
  expect(ledger.state()).toEqual(stored);
  await ledger.close();
}, 60_000);

test('while the server is away every call says so, and works again when it is back', async () => {
  const stream = streamNamed('service');
  const commit = newCommit('patient');
  await server.kill();
  const impatient = async () => {
    for await (const _ of store.read(stream)) throw new Error('there is nothing to read');
  };
  await expect(store.append(stream, 0, commit)).rejects.toThrow(StoreUnavailableError);
  await expect(impatient()).rejects.toThrow(StoreUnavailableError);
  await expect(store.lastSequence()).rejects.toThrow(/no connection to NATS for 2000 ms/);
  await server.restart();
  expect(await untilAnswered(() => store.append(stream, 0, commit))).toEqual({ status: 'appended', sequence: 1 });
}, 30_000);

test('a long stream that is being read when the server goes is not waited for without end', async () => {
  const stream = streamNamed('service');
  for (let sequence = 0; sequence < 20; sequence += 1) await store.append(stream, sequence, newCommit('one of many'));
  let seen = 0;
  const reading = (async () => {
    for await (const _ of store.read(stream)) {
      seen += 1;
      if (seen === 8) await server.kill();
    }
  })();
  await expect(reading).rejects.toThrow(StoreUnavailableError);
  expect(seen).toBe(8);
}, 30_000);

test('on a connection that is closed for good every call fails at once, followers included', async () => {
  const stream = streamNamed('service');
  await store.append(stream, 0, newCommit('early'));
  const following = follow();
  await eventually(() => following.sequences.length === 1);
  await connection.close();
  await expect(store.append(stream, 1, newCommit('late'))).rejects.toThrow(/commit .* connection to NATS is closed/);
  await expect(store.lastSequence()).rejects.toThrow(StoreUnavailableError);
  await expect(following.ended).rejects.toThrow(StoreUnavailableError);
  await expect(follow().ended).rejects.toThrow(/cannot follow HEARTH_FACTS.*closed/);
});

test('a follower whose consumer is deleted under it goes on where it was', async () => {
  const stream = streamNamed('service');
  const following = follow();
  let last = 0;
  const append = async () => {
    const result = await store.append(stream, last, newCommit('next'));
    if (result.status === 'appended') last = result.sequence;
  };
  const manager = await connection.jetstreamManager();
  for (let round = 1; round <= 3; round += 1) {
    await append();
    await eventually(() => following.sequences.length === round);
    for (const { name } of await manager.consumers.list('HEARTH_FACTS').next())
      await manager.consumers.delete('HEARTH_FACTS', name);
  }
  await append();
  await eventually(() => following.sequences.length === 4);
  await following.stop();
  expect(following.sequences).toEqual(upTo(4));
});

test('a slow reader gets everything in order, whatever waits for it', async () => {
  const padding = 'x'.repeat(20_000);
  await Promise.all(
    Array.from({ length: 1_500 }, (_, at) => store.append(streamNamed('service'), 0, newCommit(`${at} ${padding}`))),
  );
  const following = follow({ batchMax: 100, pause: () => new Promise((resolve) => setImmediate(resolve)) });
  await eventually(() => following.sequences.length >= 1_500, { timeoutMs: 30_000 });
  await following.stop();
  expect(following.sequences).toEqual(upTo(1_500));
}, 60_000);

test('a log whose end was lost is not followed on as if nothing had happened: what is written in its place would be missed', async () => {
  const stream = streamNamed('service');
  for (let sequence = 0; sequence < 5; sequence += 1) await store.append(stream, sequence, newCommit('to be lost'));
  const following = follow();
  await eventually(() => following.sequences.length === 5);
  const manager = await connection.jetstreamManager();
  await manager.streams.delete('HEARTH_FACTS');
  await ensureStreams(connection);
  await store.append(stream, 0, newCommit('in its place'));
  await expect(following.ended).rejects.toThrow(/ends at position 1, .* followed to 5/);
}, 30_000);
