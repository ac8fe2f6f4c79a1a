import { InMemoryEventStore } from './in-memory.event-store';
import { eventStoreConformance } from './testing';

eventStoreConformance('InMemoryEventStore', async (codec) => {
  const store = new InMemoryEventStore(codec);
  return {
    store,
    appendBytes: async (stream, commitId, bytes) => store.appendBytes(stream, commitId, bytes),
    close: async () => undefined,
  };
});
