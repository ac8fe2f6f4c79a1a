import { jetstream } from '@hearth/contracts';
import { StoreUnavailableError } from '@hearth/event-sourcing';
import { throwAwayNats, type ThrowAwayNats } from '@hearth/testing/servers';
import { millis, nanos, RetentionPolicy, StorageType, type JetStreamManager, type NatsConnection } from 'nats';
import { connectNats } from './connection';
import { ensureStreams, StreamMismatchError } from './ensure-streams';
import { JetStreamEventStore } from './jetstream.event-store';

let server: ThrowAwayNats;
let connection: NatsConnection;
let manager: JetStreamManager;

beforeAll(async () => {
  server = await throwAwayNats();
  connection = await connectNats({ servers: [server.url], name: 'ensure-streams' });
  manager = await connection.jetstreamManager();
});
afterEach(async () => {
  for (const { config } of await manager.streams.list().next()) await manager.streams.delete(config.name);
});
afterAll(async () => {
  await connection.close();
  await server.stop();
});

const configOf = async (name: string) => (await manager.streams.info(name)).config;

test('all streams and buckets are made, and the log keeps everything', async () => {
  await ensureStreams(connection);
  expect((await manager.streams.names().next()).sort()).toEqual(
    [
      'HEARTH_EVENTS',
      'HEARTH_FACTS',
      'HEARTH_NUDGES',
      'KV_hearth_liveness',
      'KV_hearth_progress',
      'OBJ_hearth_snapshots',
    ].sort(),
  );
  const facts = await configOf(jetstream.facts.stream);
  expect(facts).toMatchObject({
    storage: StorageType.File,
    deny_delete: true,
    allow_direct: true,
    max_age: 0,
    max_msgs: -1,
  });
  expect(millis(facts.duplicate_window)).toBeGreaterThanOrEqual(10 * 60_000);
  expect((await configOf(jetstream.nudges.stream)).retention).toBe(RetentionPolicy.Workqueue);
});

test('a second run, and several at once, change nothing', async () => {
  await Promise.all([ensureStreams(connection), ensureStreams(connection), ensureStreams(connection)]);
  const before = await configOf(jetstream.facts.stream);
  await ensureStreams(connection);
  expect(await configOf(jetstream.facts.stream)).toEqual(before);
});

test('settings that may change are brought up to date', async () => {
  await ensureStreams(connection, { eventsMaxAgeMs: 60_000 });
  await ensureStreams(connection, { eventsMaxAgeMs: 0, livenessTtlMs: 5_000, progressTtlMs: 20_000 });
  expect((await configOf(jetstream.events.stream)).max_age).toBe(0);
  expect((await configOf(`KV_${jetstream.livenessBucket}`)).max_age).toBe(nanos(5_000));
  expect((await configOf(`KV_${jetstream.progressBucket}`)).max_age).toBe(nanos(20_000));
});

test.each([
  ['in memory', { storage: StorageType.Memory }, /storage is "memory", not "file"/],
  ['with other subjects', { subjects: ['hearth.facts.volume.>'] }, /subjects is/],
  ['as a work queue', { retention: RetentionPolicy.Workqueue }, /retention is "workqueue"/],
  ['whose messages may be deleted', { deny_delete: false }, /deny_delete/],
])('a stream of our name %s is refused by name and difference, and left as it is', async (_what, differs, message) => {
  const { stream, subjects } = jetstream.facts;
  await manager.streams.add({ name: stream, subjects: [subjects], deny_delete: true, ...differs });
  const before = await configOf(stream);
  await expect(ensureStreams(connection)).rejects.toThrow(StreamMismatchError);
  await expect(ensureStreams(connection)).rejects.toThrow(message);
  expect(await configOf(stream)).toEqual(before);
});

test('a log that does not exist cannot be opened', async () => {
  await expect(JetStreamEventStore.open(connection)).rejects.toThrow(StoreUnavailableError);
  await expect(JetStreamEventStore.open(connection)).rejects.toThrow(/HEARTH_FACTS.*stream not found/);
});

test('a server that is not there is named, without its password', async () => {
  const attempt = connectNats({ servers: ['nats://user:secret@127.0.0.1:1'], name: 'nobody' });
  await expect(attempt).rejects.toThrow(StoreUnavailableError);
  await expect(attempt).rejects.toThrow(/NATS at nats:\/\/127\.0\.0\.1:1:/);
});
