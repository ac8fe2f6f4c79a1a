import type { Category, EventsOf, RefusalCode } from '@hearth/contracts';
import { fold, isRefusal, type Decider, type Refusal } from '@hearth/kernel';
import type { CommitContext } from './event-store';
import type { Outcome } from './run-command';

/** A command that waits for its turn. */
export interface Submission<Command, State, Event> {
  readonly command: Command;
  readonly context: CommitContext;
  resolve(answer: Outcome<State, Event> | Refusal<RefusalCode>): void;
  reject(error: unknown): void;
}

/** What became of one command, provided that the batch's commit is stored. */
export type Answer<State, Event> =
  | { readonly kind: 'events' | 'already-so'; readonly events: readonly Event[]; readonly state: State }
  | { readonly kind: 'refusal'; readonly refusal: Refusal<RefusalCode> }
  | { readonly kind: 'failure'; readonly error: unknown };

/** The decisions on the first of the waiting commands, one answer each, whose events make one commit. */
export interface Batch<State, Event> {
  readonly answers: readonly Answer<State, Event>[];
  readonly events: readonly Event[];
  /** The state after all of them. */
  readonly state: State;
}

/** What storing adds to an event beside its type and data: the version's field and a comma. */
const eventOverheadBytes = 32;

/** Decides as many commands in order as one commit holds, each on the state after those before it. At least one. */
export function decideBatch<C extends Category, Command, State>(
  decider: Decider<Command, State, EventsOf[C], RefusalCode>,
  start: State,
  waiting: readonly { readonly command: Command }[],
  { commandsMax, bytesMax }: { readonly commandsMax: number; readonly bytesMax: number },
): Batch<State, EventsOf[C]> {
  const answers: Answer<State, EventsOf[C]>[] = [];
  const events: EventsOf[C][] = [];
  let state = start;
  let bytes = 0;
  for (const { command } of waiting.slice(0, commandsMax)) {
    const answer = answerTo(decider, command, state);
    if (answer.kind === 'events') {
      bytes += sizeOf(answer.events);
      // One decision above the limit goes alone: the store refuses it, and nobody else suffers.
      if (bytes > bytesMax && answers.length > 0) break;
      state = answer.state;
      events.push(...answer.events);
    }
    answers.push(answer);
    if (bytes > bytesMax) break;
  }
  return { answers, events, state };
}

function answerTo<Command, State, Event>(
  decider: Decider<Command, State, Event, RefusalCode>,
  command: Command,
  state: State,
): Answer<State, Event> {
  try {
    const decision = decider.decide(command, state);
    if (isRefusal(decision)) return { kind: 'refusal', refusal: decision };
    const kind = decision.length > 0 ? 'events' : 'already-so';
    return { kind, events: decision, state: fold(decider, decision, state) };
  } catch (error) {
    // A defect of the decider concerns the one command that met it.
    return { kind: 'failure', error };
  }
}

/** An upper bound of the bytes that events take in a commit, within some bytes an event. */
function sizeOf(events: readonly unknown[]): number {
  return utf8Length(JSON.stringify(events)) + events.length * eventOverheadBytes;
}

/** Bytes of a text in UTF-8; unpaired surrogates, which take three bytes too, included. */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}

/**
 * What a commit of several commands may say of its cause: the values they all agree on. A missing cause is honest, another
 * request's would not be.
 */
export function sharedContext(contexts: readonly CommitContext[]): CommitContext {
  const shared = <Key extends keyof CommitContext>(key: Key) => {
    const values = new Set(contexts.map((context) => context[key]));
    return values.size === 1 ? [...values][0] : undefined;
  };
  return { causationId: shared('causationId'), correlationId: shared('correlationId') };
}
