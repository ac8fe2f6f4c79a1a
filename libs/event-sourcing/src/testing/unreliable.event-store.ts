import { StoreUnavailableError, type EventStore } from '../event-store';

/** What becomes of one append: done, lost on the way there, or stored with its answer lost on the way back. */
export type AppendFate = 'done' | 'lost' | 'answer-lost';

/** A log behind a bad line: `fateOf` is asked for every append, by ordinal from 0. */
export function unreliableStore(store: EventStore, fateOf: (ordinal: number) => AppendFate | undefined): EventStore {
  let ordinal = 0;
  return {
    append: async (...append) => {
      const fate = fateOf(ordinal++) ?? 'done';
      if (fate === 'lost') throw new StoreUnavailableError('the append was lost, as the test wants');
      const result = await store.append(...append);
      if (fate === 'answer-lost') throw new StoreUnavailableError('the answer was lost, as the test wants');
      return result;
    },
    read: (...read) => store.read(...read),
    follow: (options) => store.follow(options),
    lastSequence: () => store.lastSequence(),
  };
}
