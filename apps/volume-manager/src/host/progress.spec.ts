import { type FillProgress, fillProgressSchema } from '@hearth/contracts';
import { InMemoryProgressBoard, type ProgressBoard, StoreUnavailableError } from '@hearth/event-sourcing';
import type { Generation, PoolRef, VolumeId } from '@hearth/kernel';
import { metricsText } from '@hearth/platform';
import { keptLog } from '../testing/kept-log';
import { observeFills } from './metrics';
import { ProgressReporter } from './progress';

const begun = {
  pool: 'node.1@file#fast' as PoolRef,
  generation: 3 as Generation,
  volumeId: '10000000-0000-4000-8000-000000000001' as VolumeId,
  imageId: '30000000-0000-4000-8000-000000000001',
  bytesTotal: 1_000,
};
const key = 'fill.=bm9kZS4xQGZpbGUjZmFzdA.3';
const at = (bytesDone: number) => ({ phase: 'download', bytesDone, bytesTotal: 1_000 }) as const;

/** Keeps what was written; a write takes as long as the test wants, and fails when it says so. */
class SlowBoard implements Pick<ProgressBoard, 'report' | 'clear'> {
  readonly reports: FillProgress[] = [];
  readonly calls: string[] = [];
  private answers: { resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(private readonly answersAtOnce = true) {}

  report(progress: FillProgress): Promise<void> {
    this.reports.push(fillProgressSchema.parse(progress));
    return this.answer(`report ${progress.percent}`);
  }

  clear(cleared: string): Promise<void> {
    return this.answer(`clear ${cleared}`);
  }

  async finish(error?: Error): Promise<void> {
    const next = this.answers.shift();
    if (error) next?.reject(error);
    else next?.resolve();
    await jest.advanceTimersByTimeAsync(0);
  }

  private answer(call: string): Promise<void> {
    this.calls.push(call);
    if (this.answersAtOnce) return Promise.resolve();
    return new Promise((resolve, reject) => this.answers.push({ resolve, reject }));
  }
}

const log = keptLog();
const reporterOn = (board: Pick<ProgressBoard, 'report' | 'clear'>) =>
  new ProgressReporter({ board: board as ProgressBoard, now: () => new Date().toISOString(), log });
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

beforeEach(() => jest.useFakeTimers({ now: Date.parse('2026-01-02T03:04:05.000Z') }));
afterEach(() => jest.useRealTimers());

test('a fill that is over within a quarter of a second writes nothing', async () => {
  const board = new SlowBoard();
  const fill = reporterOn(board).begin(begun);
  fill.update(at(500));
  await pass(249);
  fill.end();
  await pass(60_000);
  expect(board.calls).toEqual([]);
});

test('a longer one is reported after a quarter of a second, and cleared at its end', async () => {
  const board = new SlowBoard();
  const fill = reporterOn(board).begin(begun);
  fill.update({ phase: 'peer', bytesDone: 429, bytesTotal: 1_000 });
  await pass(250);
  expect(board.reports).toEqual([
    {
      ...{ pool: begun.pool, generation: 3, volumeId: begun.volumeId, imageId: begun.imageId },
      ...{ phase: 'peer', bytesDone: 429, bytesTotal: 1_000, percent: 42, run: 1 },
      ...{ startedAt: '2026-01-02T03:04:05.000Z', at: '2026-01-02T03:04:05.250Z' },
    },
  ]);
  fill.end();
  fill.end();
  fill.update(at(1_000));
  await pass(60_000);
  expect(board.calls).toEqual(['report 42', `clear ${key}`]);
});

test('however often it is updated, it is reported once a second, and only when percent or phase are others', async () => {
  const board = new SlowBoard();
  const fill = reporterOn(board).begin(begun);
  for (let done = 0; done < 500; done += 1) {
    fill.update(at(done));
    await pass(10);
  }
  expect(board.reports.map(({ percent }) => percent)).toEqual([2, 12, 22, 32, 42]);
  fill.update(at(429));
  await pass(1_000);
  expect(board.reports).toHaveLength(5);
  fill.update({ ...at(429), phase: 'convert' });
  await pass(1_000);
  expect(board.reports.at(-1)).toMatchObject({ phase: 'convert', percent: 42 });
  fill.end();
});

test('one that stands still is reported before the board forgets it', async () => {
  const board = new SlowBoard();
  const fill = reporterOn(board).begin(begun);
  await pass(61_000);
  expect(board.calls.filter((call) => call === 'report 0')).toHaveLength(4);
  fill.end();
});

test('one write is under way at a time, the next one tells what is true then, and the clearing comes last', async () => {
  const board = new SlowBoard(false);
  const fill = reporterOn(board).begin(begun);
  await pass(250);
  for (const done of [100, 200, 300]) {
    fill.update(at(done));
    await pass(1_000);
  }
  expect(board.calls).toEqual(['report 0']);
  await board.finish();
  await pass(1_000);
  expect(board.calls).toEqual(['report 0', 'report 30']);
  fill.end();
  await pass(5_000);
  expect(board.calls).toHaveLength(2);
  await board.finish();
  expect(board.calls).toEqual(['report 0', 'report 30', `clear ${key}`]);
});

test('a board that is away is complained of once, and told again when it is back', async () => {
  const board = new SlowBoard(false);
  const before = log.lines.length;
  const reporter = reporterOn(board);
  const fill = reporter.begin(begun);
  const away = new StoreUnavailableError('NATS is away');
  await pass(250);
  for (let count = 0; count < 3; count += 1) {
    await board.finish(away);
    await pass(1_000);
  }
  await board.finish();
  await pass(5_000);
  expect(board.calls).toEqual(['report 0', 'report 0', 'report 0', 'report 0']);
  expect(log.lines.slice(before)).toMatchObject([{ level: 'warn', fields: { fill: key, error: away } }]);
  fill.end();
  const settled = reporter.settled();
  await board.finish(away);
  await settled;
});

test.each([
  [{ bytesDone: 1_500, bytesTotal: 1_000 }, 100],
  [{ bytesDone: 5, bytesTotal: 0 }, 0],
  [{ bytesDone: 999, bytesTotal: 1_000 }, 99],
])('%j is %d percent', async (bytes, percent) => {
  const board = new SlowBoard();
  const fill = reporterOn(board).begin(begun);
  fill.update({ phase: 'download', ...bytes });
  await pass(250);
  expect(board.reports).toMatchObject([{ ...bytes, percent }]);
  fill.end();
});

test('a fill that begins anew says so: it has less of a phase than before, or is back in one that it had left', async () => {
  const board = new SlowBoard();
  const fill = reporterOn(board).begin(begun);
  const steps = [
    ...[at(200), at(850), at(50), at(200)],
    ...[{ ...at(100), phase: 'convert' }, { ...at(900), phase: 'convert' }, at(300)],
  ] as const;
  await pass(249);
  for (const step of steps) {
    fill.update(step);
    await pass(1_000);
  }
  fill.end();
  expect(board.reports.map(({ run, phase, percent }) => `${run} ${phase} ${percent}`)).toEqual([
    '1 download 20',
    '1 download 85',
    '2 download 5',
    '2 download 20',
    '2 convert 10',
    '2 convert 90',
    '3 download 30',
  ]);
});

test('what a fill is looked for at other hosts first is no run of its own', async () => {
  const board = new SlowBoard();
  const fill = reporterOn(board).begin(begun);
  await pass(1_000);
  fill.update({ ...at(100), phase: 'peer' });
  await pass(1_000);
  fill.update(at(100));
  await pass(1_000);
  fill.end();
  expect(board.reports.map(({ run }) => run)).toEqual([1, 1, 1]);
});

test('a fill of nothing is refused', () => {
  const reporter = reporterOn(new SlowBoard());
  expect(() => reporter.begin({ ...begun, generation: null, volumeId: null })).toThrow('neither');
  expect(reporter.running).toEqual([]);
});

test('the metrics add up what runs, by pool', async () => {
  const reporter = reporterOn(new InMemoryProgressBoard());
  observeFills(() => reporter.running);
  const [one, two] = [reporter.begin(begun), reporter.begin({ ...begun, generation: 4 as Generation })];
  one.update(at(300));
  two.update(at(400));
  const figures = async () =>
    (await metricsText()).split('\n').filter((line) => /^image_cache_fill(s_running|_bytes)\{/.test(line));
  expect(await figures()).toEqual([
    'image_cache_fills_running{pool="node.1@file#fast"} 2',
    'image_cache_fill_bytes{pool="node.1@file#fast",of="done"} 700',
    'image_cache_fill_bytes{pool="node.1@file#fast",of="all"} 2000',
  ]);
  one.end();
  two.end();
  expect(await figures()).toContain('image_cache_fills_running{pool="node.1@file#fast"} 0');
});
