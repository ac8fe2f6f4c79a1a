import { type FillProgress, fillProgressSchema, progressKey } from '@hearth/contracts';
import { InMemoryProgressBoard, StoreUnavailableError } from '@hearth/event-sourcing';
import { createLog } from '@hearth/platform';
import { eventually } from '@hearth/testing';
import type { EventMessage } from '../publish/outward-event';
import { ProgressTeller } from './progress-teller';

const log = createLog({ name: 'notifier', level: 'fatal', format: 'json' });
const at = '2026-01-02T03:04:05.678Z';

const progress = (percent: number, patch: Readonly<Record<string, unknown>> = {}): FillProgress =>
  fillProgressSchema.parse({
    ...{ pool: 'a@b#c', generation: 1, volumeId: null, imageId: '30000000-0000-4000-8000-000000000001' },
    ...{ phase: 'download', bytesDone: percent, bytesTotal: 100, percent, startedAt: at, at, ...patch },
  });
const key = progressKey(progress(0));

/** Every fill is known to run, unless told. */
const known = {
  noticeOfProgress: async ({ percent, phase, generation }: FillProgress) =>
    generation === 9
      ? undefined
      : ({ type: 'image_volume_cache.fill.progress', subject: 'i', data: { percent, phase } } as const),
};

interface Step {
  readonly atMs: number;
  readonly fills: readonly FillProgress[];
}

/** The messages that go out as time passes. */
async function toldOf(steps: readonly Step[], board = new InMemoryProgressBoard()): Promise<EventMessage[]> {
  const out: EventMessage[] = [];
  let nowMs = 0;
  const events = { publish: (message: EventMessage) => void out.push(message) };
  const teller = new ProgressTeller({ board, events, source: 'test', log, nowMs: () => nowMs });
  const stop = new AbortController();
  board.watch = async function* () {
    for (const { atMs, fills } of steps) {
      nowMs = atMs;
      yield new Map(fills.map((one) => [progressKey(one), one]));
    }
    stop.abort();
  };
  await teller.run(known, stop.signal);
  return out;
}
const bodies = (out: readonly EventMessage[]) => out.map(({ body }) => JSON.parse(body).percent as number);

test('an event is a live CloudEvent whose id is the fill and its step', async () => {
  const [message] = await toldOf([{ atMs: 0, fills: [progress(42)] }]);
  expect(message?.subject).toBe('hearth.live.image_volume_cache.fill.progress');
  expect(Object.fromEntries(message?.headers ?? [])).toEqual({
    'ce-specversion': '1.0',
    'ce-id': `${key}.${Date.parse(at)}.1.download.8`,
    'ce-source': 'test',
    'ce-type': 'image_volume_cache.fill.progress',
    'ce-time': at,
    'ce-subject': 'i',
    'content-type': 'application/json',
  });
});

test('a fill is told of at most every 5 seconds, and when it has moved by 5 percent', async () => {
  const reports = [0, 4, 5, 12, 30, 31, 33, 60];
  const steps = reports.map((percent, second) => ({ atMs: second * 2_000, fills: [progress(percent)] }));
  // 12, 30 and 60 come too soon after the one before, and 33 is hardly further than 31.
  expect(bodies(await toldOf(steps))).toEqual([5, 31]);
  const slow = [40, 44, 45].map((percent, minute) => ({ atMs: minute * 60_000, fills: [progress(percent)] }));
  expect(bodies(await toldOf(slow))).toEqual([40, 45]);
});

test('another phase is told, and a fill that begins anew begins anew', async () => {
  const out = await toldOf([
    { atMs: 0, fills: [progress(90)] },
    { atMs: 6_000, fills: [progress(2, { phase: 'convert' })] },
    { atMs: 7_000, fills: [progress(6, { startedAt: '2026-01-02T03:05:00.000Z' })] },
    { atMs: 8_000, fills: [] },
    { atMs: 9_000, fills: [progress(12, { startedAt: '2026-01-02T03:06:00.000Z' })] },
  ]);
  expect(bodies(out)).toEqual([90, 2, 6, 12]);
});

test('a fill that starts over is told of from its start again, no oftener than before', async () => {
  const reports = [20, 50, 85].map((percent) => progress(percent));
  const again = [2, 5, 20, 50].map((percent) => progress(percent, { run: 2 }));
  const steps = [...reports, ...again].map((fill, index) => ({ atMs: index * 6_000, fills: [fill] }));
  const out = await toldOf([...steps, { atMs: 37_000, fills: [progress(60, { run: 3 })] }]);
  expect(bodies(out)).toEqual([20, 50, 85, 5, 20, 50]);
  expect(new Set(out.map(({ headers }) => new Map(headers).get('ce-id'))).size).toBe(out.length);
});

test('several fills do not wait for each other, and one of which no fact is known is not told', async () => {
  const fills = [1, 2, 9].map((generation) => progress(10 * generation, { generation }));
  expect(bodies(await toldOf([{ atMs: 0, fills }]))).toEqual([10, 20]);
});

test('what another notifier has told is told no more, and counts as told', async () => {
  const board = new InMemoryProgressBoard();
  await board.firstToTell(`${key}.${Date.parse(at)}.1.download.4`);
  const steps = [
    { atMs: 0, fills: [progress(21)] },
    { atMs: 2_000, fills: [progress(40)] },
    { atMs: 6_000, fills: [progress(45)] },
  ];
  expect(bodies(await toldOf(steps, board))).toEqual([45]);
});

test('a board that fails is followed again', async () => {
  const board = new InMemoryProgressBoard();
  const watch = board.watch.bind(board);
  let isAway = true;
  board.watch = (signal) => {
    if (!isAway) return watch(signal);
    isAway = false;
    throw new StoreUnavailableError('away');
  };
  const out: EventMessage[] = [];
  const events = { publish: (message: EventMessage) => void out.push(message) };
  const stop = new AbortController();
  const running = new ProgressTeller({ board, events, source: 'test', log }).run(known, stop.signal);
  await board.report(progress(42));
  await eventually(() => out.length === 1);
  stop.abort();
  await running;
});
