import { factsSubject } from '@hearth/contracts';
import { eventStoreConformance, newCommit, streamNamed } from '@hearth/event-sourcing/testing';
import { throwAwayNats, type ThrowAwayNats } from '@hearth/testing/servers';
import { connectNats } from './connection';
import { ensureStreams } from './ensure-streams';
import { JetStreamEventStore } from './jetstream.event-store';

let server: ThrowAwayNats;
beforeAll(async () => {
  server = await throwAwayNats();
});
afterAll(() => server.stop());

eventStoreConformance('JetStreamEventStore', async (codec) => {
  const connection = await connectNats({ servers: [server.url], name: 'conformance' });
  const manager = await connection.jetstreamManager();
  for (const { config } of await manager.streams.list().next()) await manager.streams.delete(config.name);
  await ensureStreams(connection);
  return {
    store: await JetStreamEventStore.open(connection, { codec }),
    appendBytes: async (stream, commitId, bytes) =>
      (await connection.jetstream().publish(factsSubject(stream), bytes, { msgID: commitId })).seq,
    close: () => connection.close(),
  };
});

test('a stream of two commits is read with two requests: what lies before the last one is known from the last one', async () => {
  const connection = await connectNats({ servers: [server.url], name: 'requests' });
  try {
    await ensureStreams(connection);
    const store = await JetStreamEventStore.open(connection);
    const stream = streamNamed('service');
    const first = await store.append(stream, 0, newCommit('one'));
    if (first.status !== 'appended') throw new Error('a new stream conflicts');
    await store.append(stream, first.sequence, newCommit('two'));
    const request = jest.spyOn(connection, 'request');
    const commits = [];
    for await (const commit of store.read(stream)) commits.push(commit);
    expect(commits).toHaveLength(2);
    expect(request).toHaveBeenCalledTimes(2);
  } finally {
    await connection.close();
  }
});

test('whoever is asked says the same of when a commit was stored', async () => {
  const connection = await connectNats({ servers: [server.url], name: 'instants' });
  try {
    await ensureStreams(connection);
    const streams = [streamNamed('service'), streamNamed('service')];
    for (const stream of streams) {
      await (await JetStreamEventStore.open(connection)).append(stream, 0, newCommit('any'));
      const told: string[] = [];
      for (const reads of ['any-replica', 'leader'] as const) {
        const store = await JetStreamEventStore.open(connection, { reads });
        for await (const { storedAt } of store.read(stream)) told.push(storedAt);
        const followed = store.follow({ stream, afterSequence: 0, signal: new AbortController().signal });
        for await (const { commits } of followed) {
          told.push(...commits.map(({ storedAt }) => storedAt));
          break;
        }
      }
      expect(told).toEqual([told[0], told[0], told[0], told[0]]);
      expect(told[0]).not.toBe(newCommit('any').recordedAt);
    }
  } finally {
    await connection.close();
  }
});
