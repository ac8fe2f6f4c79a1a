import { InMemoryEventStore, StoreUnavailableError, type EventStore } from '@hearth/event-sourcing';
import { eventually } from '@hearth/testing';
import { throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import { Database } from '../database/database';
import { migrate } from '../migrations/migrate';
import { explainVolume } from '../queries/cache.query';
import { listCacheEntries } from '../queries/cache-entries.query';
import { listCachePools } from '../queries/cache-pools.query';
import { findCheckpoint } from '../queries/checkpoint.query';
import { reservationKey } from '../projections/reservation-key';
import { reserveQuota } from '../queries/quota.query';
import { findVolume } from '../queries/volumes.query';
import { administer } from '../testing/administer';
import { SampleLog } from '../testing/given';
import { appendAll } from '../testing/append-all';
import * as sample from '../testing/sample-events';
import { withSession } from '../database/session';
import { chainHash, emptyLogHash, messageDigest } from './commit-digest';
import { holdLock } from './hold-lock';
import { LogTooShortError } from './log-too-short.error';
import { NewerTablesError } from './newer-tables.error';
import { ProjectionPosition } from './projection-position';
import { runProjector, type ProjectorOptions } from './projector';

let server: ThrowAwayPostgres;
let url: string;
let database: Database;
let store: InMemoryEventStore;
const running: { stop: () => void; done: Promise<void> }[] = [];
let made = 0;

beforeAll(async () => {
  server = await throwAwayPostgres();
}, 60_000);
beforeEach(async () => {
  url = await server.createDatabase(`projector_${(made += 1)}`);
  await migrate({ url });
  database = new Database({ url });
  store = new InMemoryEventStore();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ stop, done }) => (stop(), done)));
  await database.close();
});
afterAll(async () => {
  await server.stop();
});

function start(options: Partial<ProjectorOptions> = {}) {
  const position = new ProjectionPosition();
  const stopped = new AbortController();
  const done = runProjector({ store, database: { url }, position, signal: stopped.signal, ...options });
  const projector = { position, stop: () => stopped.abort(), done };
  running.push(projector);
  return projector;
}

/** Volumes and cache entries through most of their lives. */
function sampleLog(volumes: number): SampleLog {
  const log = new SampleLog()
    .add('service', 'store-01@fast', sample.settingsReported([sample.poolA]))
    .add('image-cache', sample.poolA, sample.fillStarted(1))
    .add('image-cache', sample.poolA, sample.created(1), sample.leased(1, 1))
    .add('image-cache', sample.poolA, sample.miss(1, 1));
  for (let volume = 1; volume <= volumes; volume += 1) {
    log.add('volume', sample.volumeId(volume), sample.requested(volume));
    log.add('volume', sample.volumeId(volume), sample.placed());
    log.add('image-cache', sample.poolA, sample.leased(1, volume));
    log.add('volume', sample.volumeId(volume), sample.provisioned());
    log.add('image-cache', sample.poolA, sample.hit(1, volume));
  }
  return log;
}

const expectRows = async (volumes: number) => {
  expect(await listCachePools(database)).toMatchObject([{ hits: volumes, misses: 1, readyCount: 1, sizeGib: 2 }]);
  expect((await listCacheEntries(database, { limit: 9 })).rows).toMatchObject([
    { hits: volumes, claims: 0, leases: 0 },
  ]);
  const usage = await administer(url, "select volumes, gigabytes from project_usage where project_id = 'demo'");
  expect(usage).toEqual([{ volumes, gigabytes: String(10 * volumes) }]);
};

test('a commit is in the rows when the position has passed it', async () => {
  const { position } = start();
  const sequence = await appendAll(store, sampleLog(1));
  expect(await position.waitFor(sequence, 10_000)).toBe(true);
  expect(await findVolume(database, sample.volumeId(1))).toMatchObject({
    status: 'available',
    decision: sample.decision,
  });
  expect(await explainVolume(database, sample.volumeId(1))).toMatchObject({
    uses: [{ outcome: 'hit', generation: 1 }],
    claims: [],
    entry: { imageVolumeId: sample.imageVolumeId(1), status: 'ready' },
  });
  await expectRows(1);
});

test('a text that PostgreSQL cannot hold stops nothing: what it cannot hold of it is replaced', async () => {
  const { position } = start();
  const name = 'NUL \0, halves \ud83d and \ude00, whole \u{1f600}, spelled \\u0000 and \\\\ud800';
  const log = new SampleLog()
    .add('volume', sample.volumeId(1), sample.requested(1, { name, metadata: { 'k\0': 'v\0' } }))
    .add('volume', sample.volumeId(2), sample.requested(2));
  expect(await position.waitFor(await appendAll(store, log), 5_000)).toBe(true);
  expect(await findVolume(database, sample.volumeId(1))).toMatchObject({
    name: 'NUL \ufffd, halves \ufffd and \ufffd, whole \u{1f600}, spelled \\u0000 and \\\\ud800',
    metadata: { 'k\ufffd': 'v\ufffd' },
  });
  expect(await findVolume(database, sample.volumeId(2))).toMatchObject({ name: 'volume 2' });
});

test('the checkpoint names the last commit, its digest, and the hash of all before it', async () => {
  const { position } = start();
  const log = sampleLog(2);
  const sequence = await appendAll(store, log);
  await position.waitFor(sequence, 10_000);
  const digests: string[] = [];
  for (let at = 1; at <= sequence; at += 1) digests.push(messageDigest((await store.at(at))!));
  expect(await findCheckpoint(database)).toMatchObject({
    sequence,
    commitId: log.commits.at(-1)!.id,
    commitDigest: digests.at(-1),
    runningHash: digests.reduce(chainHash, emptyLogHash),
  });
});

test('a projector that is killed between batches again and again brings each commit in once', async () => {
  const volumes = 60;
  const sequence = await appendAll(store, sampleLog(volumes));
  const failures: unknown[] = [];
  let kills = 0;
  const { position } = start({
    batchMax: 7,
    onFailure: (error) => failures.push(error),
    onApplied: ({ sequence: applied }) => {
      if (applied % 5 === 0 && kills < 6) {
        kills += 1;
        void administer(url, killProjector);
      }
    },
  });
  expect(await position.waitFor(sequence, 30_000)).toBe(true);
  expect(kills).toBe(6);
  await expectRows(volumes);
});

test('of two replicas one is active; the other follows the position and takes over when it is gone', async () => {
  const active: string[] = [];
  const first = start({ onActive: () => active.push('first') });
  await eventually(() => active.length === 1);
  const second = start({ onActive: () => active.push('second') });
  const half = await appendAll(store, sampleLog(1));
  expect(await second.position.waitFor(half, 10_000)).toBe(true);
  expect(active).toEqual(['first']);
  first.stop();
  await first.done;
  const rest = await appendAll(store, new SampleLog().add('volume', sample.volumeId(9), sample.requested(9)), half);
  expect(await second.position.waitFor(rest, 10_000)).toBe(true);
  expect(active).toEqual(['first', 'second']);
  expect(await findVolume(database, sample.volumeId(9))).toMatchObject({ status: 'creating' });
});

test('who is told to end before it stands in line does not wait for a lock that another has', async () => {
  const active: string[] = [];
  start({ onActive: () => active.push('first') });
  await eventually(() => active.length === 1);
  const held = withSession({ url }, {}, (client) => holdLock(client, 'projector', AbortSignal.abort()));
  expect(await held).toBe(false);
});

test('a writer that was overtaken writes nothing and starts anew from where the rows are', async () => {
  const failures: Error[] = [];
  const { position } = start({ onFailure: (error) => failures.push(error as Error) });
  const half = await appendAll(store, sampleLog(1));
  await position.waitFor(half, 10_000);
  const { generation } = (await findCheckpoint(database))!;
  await administer(url, 'update projection_checkpoints set generation = generation + 1');
  const rest = await appendAll(store, new SampleLog().add('volume', sample.volumeId(9), sample.requested(9)), half);
  expect(await position.waitFor(rest, 10_000)).toBe(true);
  expect(failures.map(({ message }) => message)).toEqual([
    `the checkpoint is no longer at position ${half} of generation ${generation}`,
  ]);
  await eventually(async () => (await findVolume(database, sample.volumeId(9)))?.status === 'creating');
});

test('a log that is away is waited for', async () => {
  let away = true;
  const flaky = new Proxy<EventStore>(store, {
    get(target, name) {
      if (name === 'follow' && away) {
        away = false;
        return () => {
          throw new StoreUnavailableError('the log is away');
        };
      }
      const member = Reflect.get(target, name) as unknown;
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  const failures: unknown[] = [];
  const { position } = start({ store: flaky, onFailure: (error) => failures.push(error) });
  const sequence = await appendAll(store, sampleLog(1));
  expect(await position.waitFor(sequence, 10_000)).toBe(true);
  expect(failures).toEqual([expect.any(StoreUnavailableError)]);
});

test('a PostgreSQL that crashes and comes back loses nothing', async () => {
  const failures: unknown[] = [];
  const { position } = start({ onFailure: (error) => failures.push(error) });
  const half = await appendAll(store, sampleLog(1));
  await position.waitFor(half, 10_000);
  await server.kill();
  const rest = await appendAll(store, new SampleLog().add('volume', sample.volumeId(9), sample.requested(9)), half);
  await eventually(() => failures.length > 1);
  await expect(findVolume(database, sample.volumeId(9))).rejects.toThrow('the read model is unavailable');
  await server.restart();
  expect(await position.waitFor(rest, 30_000)).toBe(true);
  await expectRows2();
}, 60_000);

const expectRows2 = async () => {
  const usage = await administer(url, "select volumes from project_usage where project_id = 'demo'");
  expect(usage).toEqual([{ volumes: 2 }]);
};

test('nobody waits for what stands at the end of the log and is no commit', async () => {
  const sequence = await appendAll(store, sampleLog(1));
  const withForeignEnd: EventStore = {
    append: (...order) => store.append(...order),
    read: (...order) => store.read(...order),
    lastSequence: async () => sequence + 1,
    async *follow(options) {
      for await (const batch of store.follow(options)) {
        yield { ...batch, caughtUp: false };
        if (batch.caughtUp) yield { commits: [], caughtUp: true, readTo: sequence + 1 };
      }
    },
  };
  const { position } = start({ store: withForeignEnd });
  expect(await position.waitFor(await withForeignEnd.lastSequence(), 10_000)).toBe(true);
  await expectRows(1);
  expect(await findCheckpoint(database)).toMatchObject({ sequence });
});

test('who is the active projector does not listen for its own position; who is so no more listens again', async () => {
  const applicationName = 'roles';
  const sessions = async () =>
    (await administer(url, `select from pg_stat_activity where application_name = '${applicationName}'`)).length;
  const options = { database: { url, applicationName } };
  const first = start(options);
  await first.position.waitFor(await appendAll(store, sampleLog(1)), 10_000);
  await eventually(async () => (await sessions()) === 1);
  const second = start(options);
  await eventually(async () => (await sessions()) === 3);
  await administer(url, killProjector);
  await store.append({ category: 'volume', id: sample.volumeId(50) }, 0, {
    id: 'later',
    recordedAt: '2026-01-02T03:04:05.000Z',
    events: [sample.requested(50)],
  });
  const sequence = await store.lastSequence();
  for (const { position } of [first, second]) expect(await position.waitFor(sequence, 10_000)).toBe(true);
  await eventually(async () => (await sessions()) === 3);
}, 30_000);

test('a log that is shorter than what the rows have followed is reported and not followed', async () => {
  const { position, stop, done } = start();
  await position.waitFor(await appendAll(store, sampleLog(1)), 10_000);
  stop();
  await done;
  const failures: unknown[] = [];
  const other = new InMemoryEventStore();
  const shorter = start({ store: other, onFailure: (error) => failures.push(error) });
  await eventually(() => failures.some((error) => error instanceof LogTooShortError));
  shorter.stop();
  await shorter.done;
  expect(await findVolume(database, sample.volumeId(1))).toMatchObject({ status: 'available' });
});

test('tables of a newer release are left to that one, which may become the projector meanwhile', async () => {
  await administer(url, `insert into migrations (timestamp, name) values (4102444800000, 'Later4102444800000')`);
  const failures: unknown[] = [];
  const end = await appendAll(store, sampleLog(1));
  const { position } = start({ onFailure: (error) => failures.push(error) });
  await eventually(() => failures.length > 0);
  expect(failures[0]).toEqual(new NewerTablesError(['Later4102444800000']));
  expect(await findCheckpoint(database)).toMatchObject({ sequence: 0 });
  await withSession({ url }, {}, async (client) => {
    expect(await holdLock(client, 'projector', AbortSignal.timeout(20_000))).toBe(true);
  });
  await administer(url, `delete from migrations where name = 'Later4102444800000'`);
  await position.waitFor(end, 20_000);
  await expectRows(1);
});

test('the reservation goes with the fact that it stood for', async () => {
  const { position } = start();
  for (const volume of [1, 2]) {
    const room = { projectId: 'demo', volumes: 1, gigabytes: 10 };
    expect(await reserveQuota(database, { key: reservationKey.create(sample.volumeId(volume)), ...room })).toBe(
      'reserved',
    );
  }
  await position.waitFor(await appendAll(store, sampleLog(1)), 10_000);
  expect(await administer(url, 'select key from quota_reservations')).toEqual([{ key: sample.volumeId(2) }]);
});

const killProjector = `select pg_terminate_backend(pid) from pg_locks
  where locktype = 'advisory' and granted and objid = 2 and database = (select oid from pg_database where datname = current_database())`;
