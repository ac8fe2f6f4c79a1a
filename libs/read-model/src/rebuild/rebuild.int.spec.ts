import type { VolumeEvent } from '@hearth/contracts';
import { InMemoryEventStore } from '@hearth/event-sourcing';
import { eventually } from '@hearth/testing';
import { throwAwayPostgres, type ThrowAwayPostgres } from '@hearth/testing/servers';
import { Database } from '../database/database';
import { migrate } from '../migrations/migrate';
import { ProjectionPosition } from '../projector/projection-position';
import { LogTooShortError } from '../projector/log-too-short.error';
import { runProjector } from '../projector/projector';
import { listCacheEntries } from '../queries/cache-entries.query';
import { listCachePools } from '../queries/cache-pools.query';
import { findVolume, listVolumes } from '../queries/volumes.query';
import { administer } from '../testing/administer';
import { appendAll } from '../testing/append-all';
import { describeSchema } from '../testing/describe-schema';
import { SampleLog } from '../testing/given';
import * as sample from '../testing/sample-events';
import { rebuildFacts, type RebuildProgress } from './rebuild';

let server: ThrowAwayPostgres;
let url: string;
let database: Database;
let store: InMemoryEventStore;
let position: ProjectionPosition;
let stop: () => Promise<void>;
let end: number;
let made = 0;

beforeAll(async () => {
  server = await throwAwayPostgres();
}, 60_000);
beforeEach(async () => {
  url = await server.createDatabase(`rebuild_${(made += 1)}`);
  await migrate({ url });
  database = new Database({ url });
  store = new InMemoryEventStore();
  position = new ProjectionPosition();
  const stopped = new AbortController();
  const done = runProjector({ store, database: { url }, position, signal: stopped.signal });
  stop = async () => {
    stopped.abort();
    await done;
  };
  end = await appendAll(store, history());
  await position.waitFor(end, 20_000);
});
afterEach(async () => {
  await stop();
  await database.close();
});
afterAll(async () => {
  await server.stop();
});

function history(): SampleLog {
  const log = new SampleLog()
    .add('service', 'store-01@fast', sample.settingsReported([sample.poolA]))
    .add('image-cache', sample.poolA, sample.fillStarted(1))
    .add('image-cache', sample.poolA, sample.created(1), sample.leased(1, 1))
    .add('image-cache', sample.poolA, sample.miss(1, 1))
    .add('image-cache', sample.poolA, sample.fillStarted(2))
    .add('image-cache', sample.poolA, sample.fillFailed(2), sample.released(2, 2))
    .add('image-cache', sample.poolA, sample.reaped(2));
  for (let volume = 1; volume <= 400; volume += 1) {
    log.add('volume', sample.volumeId(volume), sample.requested(volume));
    log.add('volume', sample.volumeId(volume), sample.placed());
    log.add('volume', sample.volumeId(volume), sample.provisioned());
    if (volume > 1) log.add('image-cache', sample.poolA, sample.leased(1, volume), sample.hit(1, volume));
  }
  lived(log);
  return log.add('image-cache', sample.poolA, sample.leased(1, 500));
}

/** What happens to volumes once they are there, in commits of one and of several facts. */
function lived(log: SampleLog): void {
  const add = (volume: number, ...events: VolumeEvent[]) => log.add('volume', sample.volumeId(volume), ...events);
  for (let volume = 1; volume <= 60; volume += 1) {
    const snapshotId = sample.snapshotId(volume);
    add(volume, sample.attachmentReserved(volume), sample.connectRequested(volume));
    add(volume, sample.connected(volume)).add('volume', sample.volumeId(volume), sample.completed(volume));
    add(volume, sample.snapshotRequested(volume));
    add(volume, sample.fact('SnapshotCreated', { snapshotId }));
    add(volume, sample.fact('VolumeExtensionRequested', { fromGib: 10, toGib: 12 }));
    if (volume % 2 === 0) add(volume, sample.fact('VolumeExtended', { toGib: 12 }));
    if (volume % 3 === 0) add(volume, sample.disconnectRequested(volume));
    if (volume % 5 === 0)
      add(volume, sample.transferCreated(volume, volume % 2 === 0), sample.transferAccepted(volume));
    if (volume % 7 === 0) add(volume, sample.fact('VolumeRetyped', { volumeType: sample.volumeType(2) }));
    if (volume % 9 === 0) add(volume, sample.fact('SnapshotDeletionFailed', { snapshotId, failure: sample.failure() }));
    if (volume % 11 === 0) add(volume, sample.fact('VolumeUnmanaged', {}));
  }
  log.add('service', 'store-01@fast', sample.serviceDisabled());
}

const oneMore = async (volume: number) => {
  end = await appendAll(store, new SampleLog().add('volume', sample.volumeId(volume), sample.requested(volume)), end);
  expect(await position.waitFor(end, 20_000)).toBe(true);
  await eventually(async () => (await findVolume(database, sample.volumeId(volume)))?.status === 'creating');
};

const rebuild = (options = {}) => rebuildFacts({ store, database: { url }, ...options });

test('P9: tables that are what the log leads to are swapped for equal ones, and everybody goes on', async () => {
  // Statements that were prepared before the swap are used after it.
  const before = await listVolumes(database, { project: { id: 'demo' }, limit: 5, withCount: true });
  const schema = await describeSchema(url);
  const report = await rebuild();
  expect(report).toMatchObject({ sequence: end, differences: [], sameLog: true, swapped: true });
  expect(await listVolumes(database, { project: { id: 'demo' }, limit: 5, withCount: true })).toEqual(before);
  expect(await describeSchema(url)).toBe(schema);
  await oneMore(900);
  expect(await administer(url, "select 1 from pg_namespace where nspname = 'hearth_rebuild'")).toEqual([]);
});

test('P9: the cache’s tables that were dropped are rebuilt to the same rows', async () => {
  const tables = ['cache_entries', 'cache_claims', 'cache_uses', 'cache_pools'];
  const contents = () => Promise.all(tables.map((table) => administer(url, `select * from ${table} order by 1, 2`)));
  const before = await contents();
  expect(before.map((rows) => rows.length)).toEqual([2, 1, 400, 1]);
  await administer(url, `drop table ${tables.join(', ')}`);
  await expect(listCachePools(database)).rejects.toThrow('does not exist');
  const report = await rebuild({ swapDespiteDifferences: true });
  expect(report.differences.map(({ table, missing }) => ({ table, missing }))).toEqual([
    { table: 'cache_entries', missing: 2 },
    { table: 'cache_claims', missing: 1 },
    { table: 'cache_uses', missing: 400 },
    { table: 'cache_pools', missing: 1 },
  ]);
  expect(await contents()).toEqual(before);
  expect((await listCacheEntries(database, { limit: 9 })).rows).toMatchObject([
    { generation: 1, status: 'ready', hits: 399, claims: 1, leases: 1 },
  ]);
  await oneMore(901);
});

test('what volumes went through is rebuilt to the same rows', async () => {
  const tables = [
    ...['volumes', 'snapshots', 'attachments', 'transfers', 'messages', 'services'],
    ...['project_usage', 'project_type_usage'],
  ];
  const contents = () => Promise.all(tables.map((table) => administer(url, `select * from ${table} order by 1, 2`)));
  const before = await contents();
  expect(before.map((rows) => rows.length)).toEqual([402, 60, 55, 12, 6, 1, 3, 4]);
  expect(await rebuild()).toMatchObject({ differences: [], swapped: true });
  expect(await contents()).toEqual(before);
  await administer(url, `drop table ${tables.join(', ')}`);
  expect(await rebuild({ swapDespiteDifferences: true })).toMatchObject({ swapped: true });
  expect(await contents()).toEqual(before);
});

test('rows that were tampered with are found, and left alone unless told otherwise', async () => {
  await administer(url, `delete from volumes where id = '${sample.volumeId(107)}'`);
  await administer(url, `update volumes set size_gib = 99 where id = '${sample.volumeId(108)}'`);
  await administer(url, `insert into project_usage values ('nobody', 1, 1, 0, 0)`);
  const report = await rebuild();
  expect(report).toMatchObject({
    swapped: false,
    sameLog: true,
    differences: [
      { table: 'volumes', missing: 1, unexpected: 0, changed: 1 },
      { table: 'project_usage', missing: 0, unexpected: 1, changed: 0 },
    ],
  });
  expect(report.differences[0]!.examples).toMatchObject([
    { live: null, rebuilt: { id: sample.volumeId(107) } },
    { live: { size_gib: 99 }, rebuilt: { size_gib: 10 } },
  ]);
  expect(await findVolume(database, sample.volumeId(107))).toBeUndefined();
  await rebuild({ swapDespiteDifferences: true });
  expect(await findVolume(database, sample.volumeId(107))).toMatchObject({ status: 'available' });
  expect(await rebuild({ compareOnly: true })).toMatchObject({ differences: [], swapped: false });
  await oneMore(902);
});

test('a projector that goes on meanwhile is caught up with', async () => {
  const phases = new Set<RebuildProgress['phase']>();
  const later = new SampleLog();
  for (let volume = 1000; volume < 1100; volume += 1)
    later.add('volume', sample.volumeId(volume), sample.requested(volume));
  let appending: Promise<number> | undefined;
  const report = await rebuild({
    onProgress: ({ phase }: RebuildProgress) => {
      phases.add(phase);
      if (phase === 'index') appending ??= appendAll(store, later, end);
    },
  });
  expect(report).toMatchObject({ differences: [], swapped: true });
  expect([...phases]).toEqual(['replay', 'index', 'compare', 'done']);
  end = await appending!;
  expect(await position.waitFor(end, 20_000)).toBe(true);
  expect(await rebuild({ compareOnly: true })).toMatchObject({ sequence: end, differences: [] });
});

test('a log that is shorter than what the tables have followed is reported, and nothing is swapped', async () => {
  const shorter = new InMemoryEventStore();
  await appendAll(shorter, new SampleLog().add('volume', sample.volumeId(1), sample.requested(1)));
  await expect(rebuild({ store: shorter })).rejects.toThrow(LogTooShortError);
  expect(await findVolume(database, sample.volumeId(400))).toMatchObject({ status: 'available' });
});

test('one rebuild runs at a time', async () => {
  const [one, other] = await Promise.allSettled([rebuild(), rebuild()]);
  expect([one.status, other.status].sort()).toEqual(['fulfilled', 'rejected']);
});
