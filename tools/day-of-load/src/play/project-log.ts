import type { EventStore } from '@hearth/event-sourcing';
import { ProjectionPosition, runProjector } from '@hearth/read-model';

/** Brings the tables of a database, whose migrations have run, up to the end of the log. Throws when it takes too long. */
export async function projectLog(
  store: EventStore,
  database: { readonly url: string; readonly applicationName: string },
  { timeoutMs, log }: { readonly timeoutMs: number; readonly log?: (line: string) => void },
): Promise<void> {
  const position = new ProjectionPosition();
  const stop = new AbortController();
  let failure: unknown;
  let toldMs = performance.now();
  const projected = runProjector({
    ...{ store, database, position, signal: stop.signal },
    onFailure: (error) => (failure = error),
    onApplied: ({ sequence }) => {
      if (!log || performance.now() - toldMs < 10_000) return;
      toldMs = performance.now();
      log(`the rows stand at ${sequence}`);
    },
  });
  const done = await position.waitFor(await store.lastSequence(), timeoutMs);
  stop.abort();
  await projected;
  if (!done) throw new Error(`the log was not projected within ${timeoutMs} ms`, { cause: failure });
}
