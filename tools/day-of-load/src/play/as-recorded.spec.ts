import { bytesOf, type Commit, type EventStore, InMemoryEventStore } from '@hearth/event-sourcing';
import { newCommit, streamNamed } from '@hearth/event-sourcing/testing';
import { asRecorded } from './as-recorded';

test('commits were stored when they were recorded, and are the same commits otherwise', async () => {
  const store = new InMemoryEventStore();
  await store.append(streamNamed('service'), 0, newCommit('any'));
  const first = async (log: EventStore): Promise<Commit> => {
    const batches = log.follow({ afterSequence: 0, signal: new AbortController().signal });
    for await (const { commits } of batches) return commits[0]!;
    throw new Error('the log is empty');
  };
  const [stored, recorded] = [await first(store), await first(asRecorded(store))];
  expect(recorded).toEqual({ ...stored, storedAt: stored.recordedAt });
  expect(recorded.storedAt).not.toBe(stored.storedAt);
  expect(bytesOf(recorded)).toEqual(bytesOf(stored));
});
