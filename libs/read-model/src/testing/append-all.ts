import type { EventStore } from '@hearth/event-sourcing';
import type { SampleLog } from './given';

/** Appends a sample log's commits behind what is there; returns the last position. */
export async function appendAll(store: EventStore, log: SampleLog, after = 0): Promise<number> {
  const last = new Map<string, number>();
  let sequence = after;
  for (const { stream, sequence: _sequence, storedAt: _storedAt, ...commit } of log.commits) {
    const key = `${stream.category}/${stream.id}`;
    const id = after === 0 ? commit.id : `${commit.id}-after-${after}`;
    const result = await store.append(stream, last.get(key) ?? 0, { ...commit, id });
    if (result.status !== 'appended') throw new Error(`${key} conflicts`);
    sequence = result.sequence;
    last.set(key, sequence);
  }
  return sequence;
}
