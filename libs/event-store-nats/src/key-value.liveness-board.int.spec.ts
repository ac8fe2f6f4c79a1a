import { type HostReport, jetstream, keySubject, streamOfBucket } from '@hearth/contracts';
import type { LiveHosts } from '@hearth/event-sourcing';
import { eventually } from '@hearth/testing';
import type { NatsConnection } from 'nats';
import { setTimeout as delay } from 'node:timers/promises';
import { KeyValueLivenessBoard } from './key-value.liveness-board';
import { throwAwayStreams } from './testing/throw-away-streams';

let streams: Awaited<ReturnType<typeof throwAwayStreams>>;
let connection: NatsConnection;
beforeAll(async () => {
  streams = await throwAwayStreams();
  ({ connection } = streams);
});
afterAll(() => streams?.close());

const report = (host: string, incarnation = 'first'): HostReport => ({
  host,
  incarnation,
  reportedAt: '2026-01-02T03:04:05.678Z',
  version: '1',
  pools: [],
  down: [],
});

describe('the liveness board', () => {
  test('reports are shown, replaced, withdrawn, and vanish when their host falls silent', async () => {
    const board = await KeyValueLivenessBoard.open(connection);
    const seen: LiveHosts[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const hosts of board.watch(stop.signal)) seen.push(hosts);
    })();
    await eventually(() => seen.at(-1)?.size === 0);
    await board.report(report('node-1.example'));
    await board.report(report('node-2'));
    await board.report(report('node-2', 'second'));
    await eventually(() => seen.at(-1)?.get('node-2')?.incarnation === 'second');
    expect([...(await board.hosts()).keys()].sort()).toEqual(['node-1.example', 'node-2']);
    await board.withdraw('node-2');
    await eventually(() => seen.at(-1)?.has('node-2') === false);
    await eventually(() => seen.at(-1)?.size === 0);
    await eventually(async () => (await board.hosts()).size === 0);
    stop.abort();
    await watching;
  });

  test('whoever puts as much there as a message can hold keeps nobody from reading the others', async () => {
    const board = await KeyValueLivenessBoard.open(connection, { timeoutMs: 1_000 });
    await connection
      .jetstream()
      .publish(keySubject(jetstream.livenessBucket, 'flood'), new Uint8Array(connection.info!.max_payload - 1_024));
    await board.report(report('behind-it'));
    expect([...(await board.hosts()).keys()]).toContain('behind-it');
    await board.withdraw('behind-it');
    await board.withdraw('flood');
  });

  test('who watches no longer leaves nothing behind, whatever is on its way just then', async () => {
    const board = await KeyValueLivenessBoard.open(connection);
    const stop = new AbortController();
    const reporting = Promise.all(
      ['one', 'two', 'three'].map(async (host) => {
        while (!stop.signal.aborted) await board.report(report(host));
      }),
    );
    for (let round = 0; round < 5; round += 1) {
      for await (const _ of board.watch(new AbortController().signal)) {
        await delay(20);
        break;
      }
    }
    stop.abort();
    await reporting;
    for (const host of ['one', 'two', 'three']) await board.withdraw(host);
    const { consumers } = await connection.jetstreamManager();
    const left = () => consumers.list(streamOfBucket.keyValue(jetstream.livenessBucket)).next();
    await eventually(async () => (await left()).length === 0);
  });

  test('who looks is answered, however often hosts report meanwhile', async () => {
    const board = await KeyValueLivenessBoard.open(connection, { timeoutMs: 3_000 });
    const reporting = new AbortController();
    const reports = (async () => {
      while (!reporting.signal.aborted) await board.report(report('busy'));
    })();
    await eventually(async () => (await board.hosts()).has('busy'));
    try {
      for (let look = 0; look < 40; look += 1) {
        const seen = new AbortController();
        const patience = AbortSignal.any([seen.signal, AbortSignal.timeout(3_000)]);
        for await (const hosts of board.watch(patience)) if (hosts.has('busy')) seen.abort();
        expect(seen.signal.aborted).toBe(true);
        expect((await board.hosts()).has('busy')).toBe(true);
      }
    } finally {
      reporting.abort();
      await reports;
      await board.withdraw('busy');
    }
  }, 60_000);

  test('a report that is not one is ignored and named', async () => {
    const lines: string[] = [];
    const board = await KeyValueLivenessBoard.open(connection, { log: (line) => lines.push(line) });
    await connection.jetstream().publish(`$KV.${jetstream.livenessBucket}.stranger`, '{"host":"stranger"}');
    await board.report(report('friend'));
    expect([...(await board.hosts()).keys()]).toEqual(['friend']);
    expect(lines).toEqual([expect.stringContaining('stranger in hearth_liveness is ignored')]);
  });
});
