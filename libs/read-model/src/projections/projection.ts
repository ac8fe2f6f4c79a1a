import type { Commit } from '@hearth/event-sourcing';
import type { FactRows } from './fact-rows';

/** Facts to rows: pure, and total over every log that deciders can write. */
export interface Projection {
  readonly name: string;
  /**
   * Wants every row that `apply` will look at for these commits, which are applied in this order. Called again, with what was wanted
   * loaded, until nothing more is wanted.
   */
  needs(rows: FactRows, commits: readonly Commit[]): void;
  apply(rows: FactRows, commit: Commit): void;
}

/** Where and when an event happened. */
export interface Occurrence {
  readonly commitId: string;
  /** ISO 8601 in UTC, with milliseconds: by the writer's clock, or by the log's time where that is said. */
  readonly at: string;
  readonly streamId: string;
  readonly correlationId: string | undefined;
  /** Position of the commit in the log. */
  readonly sequence: number;
}

interface AnyEvent {
  readonly type: string;
  readonly data: unknown;
}

/** One function for every type of event: a new type does not compile until each projection says what it does with it. */
export type Handlers<Event extends AnyEvent, Target, Result = Target> = {
  readonly [Type in Event['type']]: (
    target: Target,
    data: Extract<Event, { type: Type }>['data'],
    occurrence: Occurrence,
  ) => Result;
};

/** Calls the handler of an event's type. */
export function dispatch<Event extends AnyEvent, Target, Result>(
  on: Handlers<Event, Target, Result>,
  target: Target,
  event: Event,
  occurrence: Occurrence,
): Result {
  const handler = on[event.type as Event['type']];
  return handler(target, event.data, occurrence);
}

export function occurrenceOf(commit: Commit): Occurrence {
  return {
    commitId: commit.id,
    at: instantOf(commit.recordedAt),
    streamId: commit.stream.id,
    correlationId: commit.correlationId,
    sequence: commit.sequence,
  };
}

const usual = '2026-01-02T03:04:05.678Z';

/** An instant in the form in which PostgreSQL gives it back; nearly all are in it from the start. */
export function instantOf(text: string): string {
  return text.length === usual.length && text.endsWith('Z') ? text : new Date(text).toISOString();
}

/** The handler of an event that changes nothing here. */
export const unchanged = <Target>(target: Target): Target => target;

/** The commit as one of a category; undefined when it is of another. */
export function ofCategory<C extends Commit['stream']['category']>(commit: Commit, category: C): Commit<C> | undefined {
  return commit.stream.category === category ? (commit as Commit<C>) : undefined;
}
