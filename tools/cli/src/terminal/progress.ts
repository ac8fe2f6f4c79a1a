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
  let stopWatching: (() => void) | undefined;
  let isInterrupted = false;
  const end = () => {
    if (stopWatching) bar.stop();
    stopWatching?.();
    stopWatching = undefined;
  };
  return {
    show(done, total, what) {
      if (total === 0 || isInterrupted) return;
      if (!stopWatching) bar.start(total, 0, { what });
      stopWatching ??= onInterrupt(() => {
        isInterrupted = true;
        end();
      });
      bar.setTotal(total);
      bar.update(done, { what });
    },
    end,
  };
}

/**
 * Has `restore` done before a signal ends the program, as it would have ended it: a bar hides the cursor of the terminal. Where somebody
 * else waits for the signal already, what follows is theirs. Returns what takes it back.
 */
function onInterrupt(restore: () => void): () => void {
  const watches = (['SIGINT', 'SIGTERM'] as const).map((signal) => {
    const isOurs = process.listenerCount(signal) === 0;
    const heard = () => {
      restore();
      if (isOurs) process.kill(process.pid, signal);
    };
    process.on(signal, heard);
    return () => void process.removeListener(signal, heard);
  });
  return () => watches.forEach((unwatch) => unwatch());
}
