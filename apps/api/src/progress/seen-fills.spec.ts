import { InMemoryProgressBoard, type RunningFills } from '@hearth/event-sourcing';
import { createLog } from '@hearth/platform';
import { eventually } from '@hearth/testing';
import { fillProgress } from '../testing/volume-rows';
import { SeenFills } from './seen-fills';

const log = createLog({ name: 'api', format: 'json', write: () => undefined });

/** Cannot be followed the first time. */
class ShyBoard extends InMemoryProgressBoard {
  private isAway = true;

  override watch(signal: AbortSignal): AsyncIterable<RunningFills> {
    if (!this.isAway) return super.watch(signal);
    this.isAway = false;
    throw new Error('away');
  }
}

test('what the board shows is known without asking it, and no longer than it shows it', async () => {
  const board = new InMemoryProgressBoard();
  const fills = new SeenFills(board, log);
  const entry = fillProgress({ generation: 7, percent: 42 });
  const download = fillProgress({ generation: null, percent: 7 });
  expect(fills.any).toBe(false);
  fills.start();
  await board.report(entry);
  await board.report(download);
  await eventually(() => fills.ofDownload(download.volumeId!)?.percent === 7);
  expect(fills.ofEntry(entry.pool, 7)).toEqual(entry);
  expect([fills.ofEntry(entry.pool, 8), fills.ofEntry('other@file#fast', 7), fills.ofDownload('none')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  for (const key of (await board.all()).keys()) await board.clear(key);
  await eventually(() => !fills.any);
  await fills.stop();
});

test('a board that cannot be followed is followed later', async () => {
  const board = new ShyBoard();
  await board.report(fillProgress({ generation: 7 }));
  const fills = new SeenFills(board, log);
  fills.start();
  await eventually(() => fills.any);
  await fills.stop();
});
