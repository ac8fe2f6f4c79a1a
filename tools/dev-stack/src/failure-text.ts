/** An error and its causes, each once, for people at a terminal. */
export function failureText(error: unknown): string {
  const words: string[] = [];
  for (let cause = error; cause !== undefined && words.length < 8; cause = (cause as { cause?: unknown }).cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    if (text && !words.some((earlier) => earlier.includes(text))) words.push(text);
    if (!(cause instanceof Error)) break;
  }
  return words.join('\n  because: ');
}

/** A signal that tells of Ctrl-C and of a wish to end; a second one ends the process at once. */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(new Error(`interrupted by ${name}`));
    });
  }
  return controller.signal;
}
