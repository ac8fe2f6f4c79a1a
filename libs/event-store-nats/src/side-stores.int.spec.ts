import {
  type FillProgress,
  fillProgressSchema,
  type HostReport,
  jetstream,
  keySubject,
  progressKey,
  schedulerHost,
  streamOfBucket,
  targetOfNudge,
} from '@hearth/contracts';
import type { LiveHosts, RunningFills } from '@hearth/event-sourcing';
import { eventually } from '@hearth/testing';
import { throwAwayNats, type ThrowAwayNats } from '@hearth/testing/servers';
import type { NatsConnection } from 'nats';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { connectNats } from './connection';
import { ensureStreams } from './ensure-streams';
import { JetStreamNudgeQueue } from './jetstream.nudge-queue';
import { JetStreamSnapshotStore } from './jetstream.snapshot-store';
import { KeyValueLivenessBoard } from './key-value.liveness-board';
import { KeyValueProgressBoard } from './key-value.progress-board';
import { KeyValueServiceBoard } from './key-value.service-board';

let server: ThrowAwayNats;
let connection: NatsConnection;

beforeAll(async () => {
  server = await throwAwayNats();
  connection = await connectNats({ servers: [server.url], name: 'side-stores' });
  await ensureStreams(connection, { livenessTtlMs: 1_500, progressTtlMs: 1_500 });
});
afterAll(async () => {
  await connection.close();
  await server.stop();
});

describe('the snapshot store', () => {
  test('a snapshot comes back as it was saved, the last one wins, and big ones fit', async () => {
    const snapshots = new JetStreamSnapshotStore(connection);
    const state = { text: 'ü'.repeat(10), numbers: Array.from({ length: 300_000 }, (_, at) => at * 7919) };
    await snapshots.save('state/image-cache/host@file#p.1', { fingerprint: 'v1', sequence: 1, state: 'first' });
    await snapshots.save('state/image-cache/host@file#p.1', { fingerprint: 'v2', sequence: 2, state });
    expect(await snapshots.load('state/image-cache/host@file#p.1')).toEqual({ fingerprint: 'v2', sequence: 2, state });
    expect(await snapshots.load('state/other')).toBeUndefined();
  });

  test('a snapshot that was compressed as a whole is read, too', async () => {
    const snapshot = {
      fingerprint: 'v1',
      sequence: 7,
      state: { numbers: Array.from({ length: 99_999 }, (_, at) => at) },
    };
    const bucket = await connection.jetstream().views.os(jetstream.snapshotsBucket);
    await bucket.putBlob({ name: 'whole' }, new Uint8Array(gzipSync(JSON.stringify(snapshot))));
    expect(await new JetStreamSnapshotStore(connection).load('whole')).toEqual(snapshot);
  });

  test.each([
    ['not compressed', Buffer.from('not compressed'), /header/],
    [
      'cut off',
      gzipSync(JSON.stringify({ fingerprint: 'v1', sequence: 1, state: 'cut' })).subarray(0, -8),
      /end of file/,
    ],
    ['no JSON', gzipSync('{"fingerprint":'), /JSON/],
    ['empty', gzipSync(''), /no snapshot/],
  ])('a snapshot that is %s is a line in the log, and none', async (key, bytes, why) => {
    const lines: string[] = [];
    const name = key.replace(' ', '-');
    const bucket = await connection.jetstream().views.os(jetstream.snapshotsBucket);
    await bucket.putBlob({ name }, new Uint8Array(bytes));
    expect(await new JetStreamSnapshotStore(connection, (line) => lines.push(line)).load(name)).toBeUndefined();
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^the snapshot ${name} cannot be read.*${why.source}`))]);
  });

  test('a snapshot that cannot be saved is a line in the log, and the last one stays', async () => {
    const lines: string[] = [];
    const snapshots = new JetStreamSnapshotStore(connection, (line) => lines.push(line));
    await snapshots.save('kept', { fingerprint: 'v1', sequence: 1, state: 'good' });
    await snapshots.save('kept', { fingerprint: 'v1', sequence: 2, state: 1n });
    expect(lines).toEqual([expect.stringMatching(/^the snapshot kept cannot be saved.*BigInt/)]);
    expect(await snapshots.load('kept')).toEqual({ fingerprint: 'v1', sequence: 1, state: 'good' });
  });
});

describe('the nudge queue', () => {
  test('a nudge is stored once however often it is sent, and carries its trace', async () => {
    const queue = new JetStreamNudgeQueue(connection);
    const manager = await connection.jetstreamManager();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const target = { kind: 'pool', id: 'node.1@file#p' } as const;
    for (let count = 0; count < 3; count += 1) await queue.send('node.1', target, { dedupeId: 'fact-1', traceparent });
    await queue.send(schedulerHost, target, { dedupeId: 'fact-2' });
    const { state } = await manager.streams.info(jetstream.nudges.stream);
    expect(state.messages).toBe(2);
    const first = await manager.streams.getMessage(jetstream.nudges.stream, { seq: state.first_seq });
    expect(targetOfNudge(first.subject)).toEqual(target);
    expect(first.header.get('traceparent')).toBe(traceparent);
    const second = await manager.streams.getMessage(jetstream.nudges.stream, { seq: state.last_seq });
    expect(second.header.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });
});

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

describe('the service board', () => {
  const scheduler = (host: string) => ({
    ...({ binary: 'cinder-scheduler', host, incarnation: 'a', version: '1.0.0' } as const),
    reportedAt: '2026-01-02T03:04:05.678Z',
  });

  test('apps say that they live, beside the hosts and unseen by those who look for hosts, until they say that they go', async () => {
    const lines: string[] = [];
    const log = (line: string) => lines.push(line);
    const board = await KeyValueServiceBoard.open(connection, { log });
    const hosts = await KeyValueLivenessBoard.open(connection, { log });
    await board.report(scheduler('control-1.example'));
    await board.report(scheduler('control-2'));
    await hosts.report(report('node-1'));
    expect((await board.services()).map(({ host }) => host).sort()).toEqual(['control-1.example', 'control-2']);
    expect([...(await hosts.hosts()).keys()]).toContain('node-1');
    expect((await hosts.hosts()).has('control-2')).toBe(false);
    await board.withdraw({ binary: 'cinder-scheduler', host: 'control-2' });
    expect((await board.services()).map(({ host }) => host)).toEqual(['control-1.example']);
    await board.withdraw({ binary: 'cinder-scheduler', host: 'control-1.example' });
    expect(await board.services()).toEqual([]);
    expect(lines.filter((line) => !line.includes('stranger'))).toEqual([]);
  });
});

describe('the progress board', () => {
  const progress = (generation: number, bytesDone = 0): FillProgress =>
    fillProgressSchema.parse({
      pool: 'node.1@file#fast',
      generation,
      volumeId: null,
      imageId: '30000000-0000-4000-8000-000000000001',
      phase: 'download',
      bytesDone,
      bytesTotal: 100,
      percent: bytesDone,
      startedAt: '2026-01-02T03:04:05.678Z',
      at: '2026-01-02T03:04:05.678Z',
    });
  const keyOf = (generation: number) => progressKey(progress(generation));

  test('reports are shown, replaced, cleared, and vanish when their fill falls silent', async () => {
    const board = await KeyValueProgressBoard.open(connection);
    const seen: RunningFills[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const fills of board.watch(stop.signal)) seen.push(fills);
    })();
    await eventually(() => seen.at(-1)?.size === 0);
    await board.report(progress(1));
    await board.report(progress(2, 10));
    await board.report(progress(2, 20));
    await eventually(() => seen.at(-1)?.get(keyOf(2))?.percent === 20);
    expect(await board.all()).toEqual(
      new Map([
        [keyOf(1), progress(1)],
        [keyOf(2), progress(2, 20)],
      ]),
    );
    await board.clear(keyOf(2));
    await eventually(() => seen.at(-1)?.has(keyOf(2)) === false);
    await eventually(() => seen.at(-1)?.size === 0);
    await eventually(async () => (await board.all()).size === 0);
    stop.abort();
    await watching;
  });

  test('what is no progress, or that of another fill, is ignored and named', async () => {
    const lines: string[] = [];
    const board = await KeyValueProgressBoard.open(connection, { log: (line) => lines.push(line) });
    const subject = (key: string) => `$KV.${jetstream.progressBucket}.${key}`;
    await connection.jetstream().publish(subject('download.stranger'), '{"percent":400}');
    await connection.jetstream().publish(subject(keyOf(7)), JSON.stringify(progress(8)));
    await board.report(progress(9));
    expect([...(await board.all()).keys()]).toEqual([keyOf(9)]);
    expect(lines).toEqual([
      expect.stringContaining('download.stranger in hearth_progress is ignored'),
      expect.stringContaining(`it speaks for ${keyOf(8)}`),
    ]);
    await Promise.all(['download.stranger', keyOf(7), keyOf(9)].map((key) => board.clear(key)));
  });

  test('of several who would pass a step on one does, until it is forgotten', async () => {
    const boards = await Promise.all([1, 2, 3].map(() => KeyValueProgressBoard.open(connection)));
    const step = `${keyOf(1)}.1767323045678.download.4`;
    const answers = await Promise.all(boards.map((board) => board.firstToTell(step)));
    expect(answers.sort()).toEqual([false, false, true]);
    expect(await boards[0]!.firstToTell(`${step}2`)).toBe(true);
    expect([...(await boards[0]!.all())]).toEqual([]);
    await eventually(() => boards[0]!.firstToTell(step));
  });

  test('a reader holds so many fills and no more, and takes in others when some have gone', async () => {
    const board = await KeyValueProgressBoard.open(connection, { entriesMax: 2 });
    for (const generation of [1, 2, 3]) await board.report(progress(generation));
    expect([...(await board.all()).keys()]).toEqual([keyOf(1), keyOf(2)]);
    await board.clear(keyOf(1));
    expect([...(await board.all()).keys()]).toEqual([keyOf(2), keyOf(3)]);
    await Promise.all([2, 3].map((generation) => board.clear(keyOf(generation))));
  });
});
