import type { Category, EventsOf } from '@hearth/contracts';
import type { Decider } from '@hearth/kernel';
import type { Commit, EventStore, StreamOf } from './event-store';

/** A stream's state, the position of its last commit, and what has happened since it began to be followed. */
export interface Followed<State, Event> {
  readonly state: State;
  readonly sequence: number;
  readonly events: readonly Event[];
}

export interface UntilOptions {
  /** How long to wait at the most. */
  readonly timeoutMs: number;
  /** Ends the waiting before. */
  readonly signal?: AbortSignal;
}

/**
 * Follows one stream, from a state that is known, until it is as is waited for; at once, where it is so already. Nothing is asked again and
 * again: the log tells what is appended. Undefined when the time is up first, or the signal came; what is recorded later is in the log all
 * the same. A log that is away and comes back in time does no harm. Throws `StoreUnavailableError` when it is closed for good.
 */
export async function untilState<C extends Category, State>(
  store: Pick<EventStore, 'follow'>,
  decider: Pick<Decider<never, State, EventsOf[C]>, 'evolve'>,
  from: { readonly stream: StreamOf<C>; readonly state: State; readonly sequence: number },
  isReached: (state: State) => boolean,
  { timeoutMs, signal }: UntilOptions,
): Promise<Followed<State, EventsOf[C]> | undefined> {
  const { stream } = from;
  let { state, sequence } = from;
  const events: EventsOf[C][] = [];
  if (isReached(state)) return { state, sequence, events };
  const ending = new AbortController();
  const end = () => ending.abort();
  const timer = setTimeout(end, timeoutMs);
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted) end();
  try {
    const { signal: ended } = ending;
    for await (const { commits } of store.follow({ stream, afterSequence: sequence, signal: ended })) {
      for (const commit of commits as readonly Commit<C>[]) {
        for (const event of commit.events) state = decider.evolve(state, event);
        sequence = commit.sequence;
        events.push(...commit.events);
        if (isReached(state)) return { state, sequence, events };
      }
    }
    return undefined;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
    end();
  }
}
