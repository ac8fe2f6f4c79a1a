import type { Refusal } from './refusal';

/**
 * A pure state machine: facts in, decision out. It reads no clock, draws no random number and does no I/O; time, ids and
 * random values arrive in the command.
 */
export interface Decider<Command, State, Event, Code extends string = string> {
  readonly initialState: State;
  /** What follows from `command` in `state`: new events, `[]` when it is already so, or a refusal with its reason. */
  decide(command: Command, state: State): Decision<Event, Code>;
  /** The state after `event`. Total: it accepts any event in any state without throwing. */
  evolve(state: State, event: Event): State;
  /** True when no command yields events any more. */
  isTerminal(state: State): boolean;
}

/** New events to append, or the reason why there are none. An empty list means "already so". */
export type Decision<Event, Code extends string = string> = readonly Event[] | Refusal<Code>;

/** The state after all `events`, in order, from `state` (the decider's initial state unless given). */
export function fold<Command, State, Event, Code extends string>(
  decider: Decider<Command, State, Event, Code>,
  events: Iterable<Event>,
  state: State = decider.initialState,
): State {
  let folded = state;
  for (const event of events) folded = decider.evolve(folded, event);
  return folded;
}
