import type { Category } from '@hearth/contracts';
import { imageCacheDecider } from '@hearth/domain';
import { exampleImage } from '@hearth/domain/testing';
import {
  type EventStore,
  InMemoryEventStore,
  InMemorySnapshotStore,
  type StreamOf,
  openLedger,
  runCommand,
} from '@hearth/event-sourcing';
import type { Generation, PoolRef, ProjectId, UserId, VolumeId } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';
import { cacheSnapshots } from '../pools/cache-snapshots';
import { keptLog } from '../testing/kept-log';
import { RecordedCopies } from './recorded-copies';

const pool = 'store-01@fast#here' as PoolRef;
const stream = { category: 'image-cache', id: pool } as const;
const generation = (number: number) => number as Generation;

type Command = Parameters<typeof imageCacheDecider.decide>[0];

/**
 * A log of which another log may take the place, as after a crash that lost its end; it notes where reading began, and how much was
 * read.
 */
class ReplaceableStore implements Pick<EventStore, 'read'> {
  readonly reads: { readonly after: number; commits: number }[] = [];
  constructor(public log: InMemoryEventStore) {}

  async *read<C extends Category>(of: StreamOf<C>, options: { readonly afterSequence?: number } = {}) {
    const read = { after: options.afterSequence ?? 0, commits: 0 };
    this.reads.push(read);
    for await (const commit of this.log.read(of, options)) {
      read.commits += 1;
      yield commit;
    }
  }
}

const environment = (store: EventStore) => ({ store, now: () => '2030-01-01T00:00:00.000Z', newId: randomUUID });

async function submit(log: InMemoryEventStore, command: Command): Promise<void> {
  await runCommand(environment(log), imageCacheDecider, stream, command);
}

/** Two commits for each copy. */
async function keep(log: InMemoryEventStore, number: number): Promise<void> {
  await submit(log, {
    ...{ do: 'BeginFill', image: { ...exampleImage, id: randomUUID() }, content: `content-${number}`, sizeGib: 1 },
    ...{ limits: { maxSizeGib: 0, maxCount: 0 }, imageVolumeId: randomUUID() as VolumeId },
    filler: { host: 'store-01', incarnation: 'now' },
    ...{
      internalProjectId: 'internal' as ProjectId,
      internalUserId: 'hearth' as UserId,
      at: '2030-01-01T00:00:00.000Z',
    },
  });
  const proof = { digest: 'sha512:00', verifiedBy: 'os_hash', contentDigest: `sha256-1m:${number}` } as const;
  const moved = { bytesDownloaded: 0, bytesWritten: 0, durationsMs: {} };
  await submit(log, { do: 'CompleteFill', created: { generation: generation(number), ...proof, ...moved } });
}

async function logOf(copies: number): Promise<InMemoryEventStore> {
  const log = new InMemoryEventStore();
  for (let number = 1; number <= copies; number += 1) await keep(log, number);
  return log;
}

/** Leaves a snapshot of the whole log, as a pool does that is closed. */
async function snapshotOf(log: InMemoryEventStore): Promise<InMemorySnapshotStore> {
  const snapshots = new InMemorySnapshotStore();
  const told = { stream, decider: imageCacheDecider, snapshots: cacheSnapshots(snapshots) };
  await (await openLedger({ ...environment(log), ...told })).close();
  return snapshots;
}

const recordedOf = (store: ReplaceableStore, snapshots = new InMemorySnapshotStore()) =>
  new RecordedCopies({ store, snapshots, log: keptLog() });

test('a copy that is ready is known with its content; one that nobody has recorded is not', async () => {
  const recorded = recordedOf(new ReplaceableStore(await logOf(2)));
  expect(await recorded.ready({ pool, generation: 2 })).toMatchObject({ content: 'content-2', status: 'ready' });
  expect(await recorded.ready({ pool, generation: 3 })).toBeUndefined();
});

test('what is new is read when it is asked for, and nothing twice but the commit before it', async () => {
  const store = new ReplaceableStore(await logOf(20));
  const recorded = recordedOf(store);
  await recorded.ready({ pool, generation: 1 });
  await submit(store.log, { do: 'RetireEntry', generation: generation(1), reason: 'limit' });
  expect(await recorded.ready({ pool, generation: 1 })).toBeUndefined();
  expect(store.reads).toEqual([
    { after: 0, commits: 40 },
    { after: 39, commits: 2 },
  ]);
});

test('a pool that is asked about for the first time is begun from its snapshot', async () => {
  const store = new ReplaceableStore(await logOf(50));
  const snapshots = await snapshotOf(store.log);
  await keep(store.log, 51);
  const recorded = recordedOf(store, snapshots);
  expect(await recorded.ready({ pool, generation: 51 })).toMatchObject({ content: 'content-51' });
  expect(await recorded.ready({ pool, generation: 7 })).toMatchObject({ content: 'content-7' });
  expect(store.reads.every(({ after }) => after >= 99)).toBe(true);
});

test('a snapshot of another log is not believed', async () => {
  const snapshots = await snapshotOf(await logOf(3));
  const recorded = recordedOf(new ReplaceableStore(await logOf(1)), snapshots);
  expect(await recorded.ready({ pool, generation: 3 })).toBeUndefined();
  expect(await recorded.ready({ pool, generation: 1 })).toMatchObject({ content: 'content-1' });
});

test('a snapshot that holds something else than a cache is passed over, and said', async () => {
  const store = new ReplaceableStore(await logOf(1));
  const snapshots = new InMemorySnapshotStore();
  const { fingerprint } = cacheSnapshots(snapshots);
  let id = '';
  for await (const commit of store.log.read(stream)) id = commit.id;
  await snapshots.save(`state/image-cache/${pool}`, { fingerprint, sequence: 2, state: { commitId: id, state: 'no' } });
  const log = keptLog();
  const recorded = new RecordedCopies({ store, snapshots, log });
  expect(await recorded.ready({ pool, generation: 1 })).toMatchObject({ content: 'content-1' });
  expect(log.lines).toContainEqual(expect.objectContaining({ level: 'warn' }));
});

describe('a log that has lost its end', () => {
  test('loses the copies that were recorded there', async () => {
    const store = new ReplaceableStore(await logOf(3));
    const recorded = recordedOf(store);
    expect(await recorded.ready({ pool, generation: 3 })).toBeDefined();
    store.log = await logOf(1);
    expect(await recorded.ready({ pool, generation: 3 })).toBeUndefined();
    expect(await recorded.ready({ pool, generation: 1 })).toBeDefined();
  });

  test('and has grown again since, with other commits in the same places, is read anew', async () => {
    const store = new ReplaceableStore(await logOf(2));
    const recorded = recordedOf(store);
    expect(await recorded.ready({ pool, generation: 2 })).toBeDefined();
    const other = await logOf(1);
    await submit(other, { do: 'RetireEntry', generation: generation(1), reason: 'limit' });
    await keep(other, 2);
    await keep(other, 3);
    store.log = other;
    expect(await recorded.ready({ pool, generation: 1 })).toBeUndefined();
    expect(await recorded.ready({ pool, generation: 3 })).toMatchObject({ content: 'content-3' });
  });

  test('and all else is a new one', async () => {
    const store = new ReplaceableStore(await logOf(1));
    const recorded = recordedOf(store);
    expect(await recorded.ready({ pool, generation: 1 })).toBeDefined();
    store.log = new InMemoryEventStore();
    expect(await recorded.ready({ pool, generation: 1 })).toBeUndefined();
  });
});

test('a read that fails is told, and the next goes on', async () => {
  const store = new ReplaceableStore(await logOf(1));
  const recorded = recordedOf(store);
  const { log } = store;
  store.log = {
    read: () => {
      throw new Error('away');
    },
  } as unknown as InMemoryEventStore;
  await expect(recorded.ready({ pool, generation: 1 })).rejects.toThrow('away');
  store.log = log;
  expect(await recorded.ready({ pool, generation: 1 })).toMatchObject({ status: 'ready' });
});
