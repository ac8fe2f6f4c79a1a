import { commitCodec, InMemoryEventStore } from '@hearth/event-sourcing';
import { ProjectionPosition } from '../projector/projection-position';
import { runProjector } from '../projector/projector';
import { appendAll } from './append-all';
import type { SampleLog } from './given';

/** Brings a sample log into the tables of a database that has followed none. */
export async function projectLog(url: string, log: SampleLog): Promise<void> {
  const instants = log.commits.values();
  const store = new InMemoryEventStore(commitCodec(), () => Date.parse(instants.next().value!.storedAt));
  const position = new ProjectionPosition();
  const stopped = new AbortController();
  const done = runProjector({ store, database: { url }, position, signal: stopped.signal });
  const arrived = await position.waitFor(await appendAll(store, log), 20_000);
  stopped.abort();
  await done;
  if (!arrived) throw new Error('the rows did not follow the log');
}
