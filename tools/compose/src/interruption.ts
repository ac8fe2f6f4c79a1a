/** Somebody asked the run to end: Ctrl-C, or a time limit. */
export class Interrupted extends Error {
  /** As a shell would report a process that this signal ended. */
  readonly exitCode: number;

  constructor(name: 'SIGINT' | 'SIGTERM') {
    super(`interrupted by ${name}`);
    this.name = 'Interrupted';
    this.exitCode = name === 'SIGINT' ? 130 : 143;
  }
}

/**
 * Aborts, with an `Interrupted`, on the first SIGINT or SIGTERM. The run then clears away what it made before it ends; a
 * second signal ends it at once.
 */
export function untilInterrupted(): AbortSignal {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort(new Interrupted(name)));
  return stopping.signal;
}

/**
 * The result of `work`, unless the run is interrupted first. For waiting alone: a program that is at work has to be
 * waited for, because what it is making could not be cleared away under its hands.
 */
export async function unlessInterrupted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let onAbort = (): void => undefined;
  const interrupted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work(), interrupted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
