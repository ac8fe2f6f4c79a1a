import { openBroker, type Broker } from '@hearth/event-store-nats';
import type { PoolRef, VolumeId } from '@hearth/kernel';
import { eventually } from '@hearth/testing';
import { throwAwayNats, type ThrowAwayNats } from '@hearth/testing/servers';
import { keptLog } from '../testing/kept-log';
import { ProgressReporter } from './progress';

const volumeId = '10000000-0000-4000-8000-000000000001' as VolumeId;
const begun = {
  pool: 'store-01@file#fast' as PoolRef,
  generation: null,
  volumeId,
  imageId: '30000000-0000-4000-8000-000000000001',
  bytesTotal: 100,
};
const key = `download.${volumeId}`;

let server: ThrowAwayNats;
let broker: Broker;
let reporter: ProgressReporter;

beforeAll(async () => {
  const log = keptLog();
  server = await throwAwayNats();
  broker = await openBroker({ natsUrl: [server.url] }, { name: 'progress', log });
  reporter = new ProgressReporter({ board: broker.progress, now: () => new Date().toISOString(), log });
});
afterAll(async () => {
  await broker.close();
  await server.stop();
});

const shown = async () => (await broker.progress.all()).get(key);

test('a fill is on the board while it runs, over a restart of NATS, and not after its end', async () => {
  const fill = reporter.begin(begun);
  fill.update({ phase: 'download', bytesDone: 10, bytesTotal: 100 });
  await eventually(async () => (await shown())?.percent === 10);
  await server.kill();
  fill.update({ phase: 'download', bytesDone: 20, bytesTotal: 100 });
  await server.restart();
  await eventually(async () => (await shown())?.percent === 20, { timeoutMs: 20_000, what: 'the board hears more' });
  fill.end();
  await reporter.settled();
  expect(await shown()).toBeUndefined();
}, 40_000);

test('while NATS is away nobody waits for a report, and the end of the process waits for a bounded time', async () => {
  const fill = reporter.begin(begun);
  await eventually(async () => (await shown()) !== undefined);
  await server.kill();
  fill.update({ phase: 'download', bytesDone: 50, bytesTotal: 100 });
  fill.end();
  await reporter.settled();
  expect(reporter.running).toEqual([]);
  await server.restart();
}, 40_000);
