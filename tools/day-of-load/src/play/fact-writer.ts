import { randomUUID } from 'node:crypto';
import type { Category, EventsOf } from '@hearth/contracts';
import type { EventStore, StreamOf } from '@hearth/event-sourcing';

/** Appends facts with the times at which they would have been recorded; it alone writes into their streams. */
export class FactWriter {
  /** So far. */
  commits = 0;
  private readonly sequences = new Map<string, number>();

  constructor(private readonly store: EventStore) {}

  /** Throws `StoreUnavailableError`, or an error where somebody else has written into the stream. */
  async write<C extends Category>(
    stream: StreamOf<C>,
    {
      atMs,
      events,
      correlationId,
    }: { readonly atMs: number; readonly events: readonly EventsOf[C][]; readonly correlationId?: string },
  ): Promise<void> {
    const name = `${stream.category}/${stream.id}`;
    const recordedAt = new Date(atMs).toISOString();
    const commit = { id: randomUUID(), correlationId, recordedAt, events };
    const appended = await this.store.append(stream, this.sequences.get(name) ?? 0, commit);
    if (appended.status !== 'appended') throw new Error(`${name} has other facts than were written here`);
    this.sequences.set(name, appended.sequence);
    this.commits += 1;
  }
}
