import type { Category, EventsOf, RefusalCode } from '@hearth/contracts';
import { fold, isRefusal, type Decider, type Refusal } from '@hearth/kernel';
import type { CommitContext, EventStore, StreamOf } from './event-store';
import { inSpan, newTraceparent, traceparentOf } from './telemetry';

/** What a command led to: the state after it, its events (none when it was already so) and the stream's last position. */
export interface Outcome<State, Event> {
  readonly state: State;
  readonly events: readonly Event[];
  readonly sequence: number;
}

/** True when a command's answer is a refusal. (`isRefusal` of the kernel tells decisions apart, which are lists.) */
export function wasRefused<State, Event, Code extends string>(
  answer: Outcome<State, Event> | Refusal<Code>,
): answer is Refusal<Code> {
  return 'refused' in answer;
}

export interface CommandEnvironment {
  readonly store: EventStore;
  /** ISO 8601 in UTC. */
  readonly now: () => string;
  readonly newId: () => string;
}

/** How often a decision is made anew after conflicts before the stream counts as too busy. */
const attemptsMax = 10;

/**
 * Reads the stream, decides, appends; on a conflict all of it again. `known` spares the reading where the caller has just
 * folded the stream. The span `<category>.decide` covers it, and its trace is stored with the commit; where nothing is traced,
 * the caller's, or a new one: facts can never gain a trace later. Throws `StoreUnavailableError`, or `StreamContendedError`
 * after ten conflicts in a row.
 */
export function runCommand<C extends Category, Command, State>(
  environment: CommandEnvironment,
  decider: Decider<Command, State, EventsOf[C], RefusalCode>,
  stream: StreamOf<C>,
  command: Command,
  options: CommitContext & { readonly known?: { readonly state: State; readonly sequence: number } } = {},
): Promise<Outcome<State, EventsOf[C]> | Refusal<RefusalCode>> {
  const { known, ...context } = options;
  const attributes = { 'hearth.stream': `${stream.category}/${stream.id}` };
  return inSpan(`${stream.category}.decide`, { attributes, traceparent: context.traceparent }, async (span) => {
    const traceparent = traceparentOf() ?? context.traceparent ?? newTraceparent();
    const id = environment.newId();
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      const { state, sequence } = attempt === 1 && known ? known : await readState(environment.store, decider, stream);
      const decision = decider.decide(command, state);
      if (isRefusal(decision)) {
        span.setAttribute('hearth.refused', decision.refused);
        return decision;
      }
      if (decision.length === 0) return { state, events: [], sequence };
      const commit = {
        ...context,
        traceparent,
        id: `${id}.${attempt}`,
        recordedAt: environment.now(),
        events: decision,
      };
      const result = await environment.store.append(stream, sequence, commit);
      if (result.status === 'appended') {
        span.setAttribute('hearth.sequence', result.sequence);
        return { state: fold(decider, decision, state), events: decision, sequence: result.sequence };
      }
    }
    throw new StreamContendedError(stream, attemptsMax);
  });
}

/** A stream's state and the position of its last commit; the initial state and 0 for a stream that is new. */
export async function readState<C extends Category, Command, State>(
  store: EventStore,
  decider: Decider<Command, State, EventsOf[C], RefusalCode>,
  stream: StreamOf<C>,
): Promise<{ readonly state: State; readonly sequence: number }> {
  let state = decider.initialState;
  let sequence = 0;
  for await (const commit of store.read(stream)) {
    state = fold(decider, commit.events, state);
    sequence = commit.sequence;
  }
  return { state, sequence };
}

/** The stream changed under every attempt to decide. */
export class StreamContendedError extends Error {
  constructor(stream: StreamOf<Category>, attempts: number) {
    super(`${stream.category}/${stream.id} changed under each of ${attempts} attempts to decide; try again later`);
    this.name = 'StreamContendedError';
  }
}
