import { type Decider, type Refusal, isRefusal } from '@hearth/kernel';

/**
 * `given(decider, events).when(command).then(events)` or `.thenRefused(code)`: a decision as a sentence. Pure; throws through
 * Jest's `expect`.
 */
export function given<Command, State, Event, Code extends string>(
  decider: Decider<Command, State, Event, Code>,
  events: readonly Event[],
) {
  const state = events.reduce((at, event) => decider.evolve(at, event), decider.initialState);
  return {
    state,
    when(command: Command) {
      const decision = decider.decide(command, state);
      return {
        decision,
        then(...expected: readonly unknown[]) {
          expect(decision).toEqual(expected);
        },
        thenNothing() {
          expect(decision).toEqual([]);
        },
        thenTypes(...types: readonly string[]) {
          expect(isRefusal(decision) ? decision : decision.map((event) => (event as { type: string }).type)).toEqual(
            types,
          );
        },
        thenRefused(code: Code) {
          expect(decision).toEqual(expect.objectContaining({ refused: code } satisfies Partial<Refusal>));
        },
      };
    },
  };
}
