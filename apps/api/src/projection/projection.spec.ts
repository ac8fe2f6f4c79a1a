import { exampleRequest } from '@hearth/domain/testing';
import { type CommitBatch, type EventStore, InMemoryEventStore } from '@hearth/event-sourcing';
import type { VolumeId } from '@hearth/kernel';
import { createLog } from '@hearth/platform';
import { randomUUID } from 'node:crypto';
import { Projection } from './projection';

const log = createLog({ name: 'api', format: 'json', write: () => undefined });
let store: InMemoryEventStore;
let projection: Projection;

beforeEach(() => {
  store = new InMemoryEventStore();
  projection = new Projection({ store, database: { url: 'postgresql://unused' }, log });
});

async function append(): Promise<void> {
  const id = randomUUID() as VolumeId;
  const data = { ...exampleRequest, volumeId: id };
  const recordedAt = '2026-01-02T03:04:05.000Z';
  const events = [{ type: 'VolumeRequested', data }] as const;
  await store.append({ category: 'volume', id }, 0, { id: randomUUID(), recordedAt, events });
}

test('rows are fit to be read once they have what was in the log before, and stay so while more comes', async () => {
  for (let commits = 0; commits < 3; commits += 1) await append();
  await expect(projection.check()).rejects.toThrow('stands at 0 of 3');
  await append();
  projection.position.advance(2);
  await expect(projection.check()).rejects.toThrow('stands at 2 of 4');
  projection.position.advance(3);
  expect(await projection.check()).toMatchObject({ behind: 1 });
  await append();
  expect(await projection.check()).toMatchObject({ sequence: 3, behind: 2 });
});

test('an empty log is reached at once', async () => {
  expect(await projection.check()).toMatchObject({ behind: 0 });
});

describe('a log whose last message is beyond the rows', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const stream = { category: 'volume', id: 'x' } as const;
  const commit = { id: 'c', sequence: 5, recordedAt: '', storedAt: '', stream, events: [] } as const;

  /** Rows at 4 of a log in which 5 messages are, of which a reader gets these batches. */
  function standingAt4(...batches: readonly CommitBatch[]): Projection {
    const log5: Pick<EventStore, 'follow' | 'lastSequence'> = {
      lastSequence: async () => 5,
      follow: async function* () {
        yield* batches;
      },
    };
    const late = new Projection({ store: Object.assign(store, log5), database: { url: 'postgresql://unused' }, log });
    late.position.advance(4);
    return late;
  }

  test('is not followed where that is a commit, or nobody says', async () => {
    await expect(standingAt4({ commits: [commit], caughtUp: true }).check()).rejects.toThrow('stands at 4 of 5');
    await expect(standingAt4().check()).rejects.toThrow('stands at 4 of 5');
  });

  test('is followed where that is no commit: the broker may have stored an answer there', async () => {
    const late = standingAt4({ commits: [], caughtUp: false }, { commits: [], caughtUp: true });
    await late.check();
    jest.advanceTimersByTime(60_000);
    expect(await late.check()).toMatchObject({ sequence: 4, behind: 1 });
  });

  test('is not followed any more when commits have waited for long', async () => {
    const batches: CommitBatch[] = [{ commits: [], caughtUp: true }];
    const late = standingAt4(...batches);
    await late.check();
    Object.assign(store, {
      follow: async function* () {
        yield { commits: [commit], caughtUp: true };
      },
    });
    jest.advanceTimersByTime(5_000);
    await late.check();
    jest.advanceTimersByTime(6_000);
    await expect(late.check()).rejects.toThrow('has not moved for 11000 ms');
  });
});
