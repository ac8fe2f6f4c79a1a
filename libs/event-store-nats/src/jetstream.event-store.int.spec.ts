import { factsSubject } from '@hearth/contracts';
import { eventStoreConformance } from '@hearth/event-sourcing/testing';
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
