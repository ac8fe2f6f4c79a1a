import { type FillProgress, fillProgressSchema, jetstream, progressKey } from '@hearth/contracts';
import type { RunningFills } from '@hearth/event-sourcing';
import { eventually } from '@hearth/testing';
import type { NatsConnection } from 'nats';
import { KeyValueProgressBoard } from './key-value.progress-board';
import { throwAwayStreams } from './testing/throw-away-streams';

let streams: Awaited<ReturnType<typeof throwAwayStreams>>;
let connection: NatsConnection;
beforeAll(async () => {
  streams = await throwAwayStreams();
  ({ connection } = streams);
});
afterAll(() => streams?.close());

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
