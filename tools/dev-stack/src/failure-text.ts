/** An error and its causes, each once, for people at a terminal. */
export function failureText(error: unknown): string {
  const words: string[] = [];
  let cause = error;
  while (cause instanceof Error && words.length < 8) {
    const { message } = cause;
    if (message && !words.some((earlier) => earlier.includes(message))) words.push(message);
    cause = cause.cause;
  }
  if (typeof cause === 'string') words.push(cause);
  return words.join('\n  because: ');
}

/** What a program ends with after an error: 130, as of a shell, when somebody interrupted it. */
export function exitCodeOf(error: unknown): number {
  return error instanceof Interrupted ? 130 : 1;
}

class Interrupted extends Error {}

/** A signal that tells of Ctrl-C and of a wish to end; a second one ends the process at once. */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(new Interrupted(`interrupted by ${name}`));
    });
  }
  return controller.signal;
}
