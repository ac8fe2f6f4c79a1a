import { SingleBar } from 'cli-progress';

/** Shows how far something has come. */
export interface ProgressBar {
  /** `what` is a word or two: what is being done, or which one. Of nothing nothing is shown. */
  show(done: number, total: number, what: string): void;
  end(): void;
}

const silent: ProgressBar = { show: () => undefined, end: () => undefined };

/** A bar on a stream; where that is no terminal, a line every few seconds. Nothing without a stream. */
export function progressBar(stream: NodeJS.WritableStream | undefined, unit: string): ProgressBar {
  if (!stream) return silent;
  const bar = new SingleBar({
    format: `{what} [{bar}] {percentage}% | {value}/{total} ${unit} | {duration_formatted}`,
    stream,
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: 5_000,
  });
  let isStarted = false;
  return {
    show(done, total, what) {
      if (total === 0) return;
      if (!isStarted) bar.start(total, 0, { what });
      isStarted = true;
      bar.setTotal(total);
      bar.update(done, { what });
    },
    end() {
      if (isStarted) bar.stop();
      isStarted = false;
    },
  };
}
