import type { RebuildProgress } from '@hearth/read-model';
import { SingleBar } from 'cli-progress';

const labels: Readonly<Record<RebuildProgress['phase'], string>> = {
  prepare: 'preparing',
  replay: 'replaying',
  index: 'indexing',
  compare: 'comparing',
  done: 'done',
};

/** A bar on stderr that follows a rebuild; where stderr is no terminal, a line every few seconds. */
export function progressBar(stream: NodeJS.WritableStream = process.stderr) {
  const format = '{phase} [{bar}] {percentage}% | {value}/{total} commits | {duration_formatted}, {eta_formatted} left';
  const bar = new SingleBar({
    format,
    stream,
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: 5_000,
    etaBuffer: 50,
  });
  let started = false;
  return {
    show({ phase, sequence, upTo }: RebuildProgress): void {
      if (!started) bar.start(upTo, 0, { phase: labels[phase] });
      started = true;
      bar.setTotal(upTo);
      bar.update(sequence, { phase: labels[phase] });
    },
    end(): void {
      if (started) bar.stop();
      started = false;
    },
  };
}
