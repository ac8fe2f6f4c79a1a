import { InMemoryEventStore } from './in-memory.event-store';
import { eventStoreConformance, newCommit, streamNamed } from './testing';

eventStoreConformance('InMemoryEventStore', async (codec) => {
  const store = new InMemoryEventStore(codec);
  return {
    store,
    appendBytes: async (stream, commitId, bytes) => store.appendBytes(stream, commitId, bytes),
    close: async () => undefined,
  };
});

test('the time of the log is its own, and does not go back where its clock does', async () => {
  const clock = [5_000, 4_000, 7_000].values();
  const store = new InMemoryEventStore(undefined, () => clock.next().value!);
  const stream = streamNamed('service');
  for (const after of [0, 1, 2]) await store.append(stream, after, newCommit('any'));
  const storedAt: string[] = [];
  for await (const commit of store.read(stream)) storedAt.push(commit.storedAt);
  expect(storedAt).toEqual(['1970-01-01T00:00:05.000Z', '1970-01-01T00:00:05.000Z', '1970-01-01T00:00:07.000Z']);
});
