import { type Commit, type EventStore, InMemoryEventStore, StoreUnavailableError } from '@hearth/event-sourcing';
import { keptCodec } from './kept-codec';
import type { SimulatedProcess } from './simulated-process';

/** The log is away: before it has stored the commit, or before it has said so. */
export type LogTrouble = 'unavailable' | 'lost-answer';

/** One log in memory; every process sees it in its turns. */
export class SimulatedLog {
  private readonly store: InMemoryEventStore;
  private readonly troubles: LogTrouble[] = [];
  /** The position of the last commit. */
  last = 0;

  /** `now` is the log's clock, milliseconds since 1970. */
  constructor(
    private readonly onCommit: (commit: Commit) => void,
    private readonly now: () => number,
  ) {
    this.store = new InMemoryEventStore(keptCodec(), now);
  }

  /** The next appends end so, one for each. */
  fail(...troubles: readonly LogTrouble[]): void {
    this.troubles.push(...troubles);
  }

  heal(): void {
    this.troubles.length = 0;
  }

  /** As it is read at rest, when nobody has a turn. */
  get asItIs(): Pick<EventStore, 'read'> {
    return this.store;
  }

  of(process: SimulatedProcess): EventStore {
    const { store } = this;
    return process.store({
      append: async (stream, expectedSequence, commit) => {
        const trouble = this.troubles.shift();
        if (trouble === 'unavailable') throw new StoreUnavailableError('the log is away');
        const result = await store.append(stream, expectedSequence, commit);
        if (result.status === 'appended' && result.sequence > this.last) {
          this.last = result.sequence;
          const storedAt = new Date(this.now()).toISOString();
          this.onCommit({ ...commit, stream, sequence: result.sequence, storedAt });
        }
        if (trouble === 'lost-answer') throw new StoreUnavailableError('the log did not answer');
        return result;
      },
      read: (...args) => store.read(...args),
      follow: (options) => store.follow(options),
      lastSequence: () => store.lastSequence(),
    });
  }
}
