import type { Category, EventsOf, StreamName } from '@hearth/contracts';

/** A stream of facts of one category. */
export interface StreamOf<C extends Category> extends StreamName {
  readonly category: C;
}

/** What links a commit to its cause. All of it is stored; none of it may hold a secret. */
export interface CommitContext {
  /** The commit or message that led to this one. */
  readonly causationId?: string;
  /** The request id that everything which follows from one request shares. */
  readonly correlationId?: string;
  /** W3C trace context. */
  readonly traceparent?: string;
}

/** A decision that is about to be stored. */
export interface NewCommit<C extends Category = Category> extends CommitContext {
  /** Unique in the log; appending it again, with whatever expectation, is harmless. */
  readonly id: string;
  /** When it was decided, by the writer's clock: ISO 8601, UTC, with milliseconds. */
  readonly recordedAt: string;
  readonly events: readonly EventsOf[C][];
}

/** A stored decision as the one who has appended it knows it. */
export interface AppendedCommit<C extends Category = Category> extends NewCommit<C> {
  readonly stream: StreamOf<C>;
  /**
   * Position in the whole log, from 1, rising but not without gaps in one stream. With an event's ordinal in the commit it is the
   * event's position.
   */
  readonly sequence: number;
}

/** A stored decision as it is read, its events in their latest shape. */
export interface Commit<C extends Category = Category> extends AppendedCommit<C> {
  /**
   * When the log stored it, by the log's clock: ISO 8601, UTC, with milliseconds. The same at every read. It goes back only where the log's
   * clock was put back, or another replica of it leads whose clock is behind.
   */
  readonly storedAt: string;
}

export type Appended = { readonly status: 'appended'; readonly sequence: number };
/** Somebody else appended first: read, decide again. */
export type Conflict = { readonly status: 'conflict' };

/** What a batch of commits takes at the most unless told otherwise, bytes: a reader that is far behind holds little of what it reads. */
export const batchBytesMax = 256 * 1024;

/** Commits as they become available, in the order of the log. */
export interface CommitBatch {
  readonly commits: readonly Commit[];
  /** True when nothing more was waiting in the log as the batch was handed over. */
  readonly caughtUp: boolean;
  /** How far the log was read for it; beyond the last commit where messages of kinds followed that this build does not know. */
  readonly readTo?: number;
}

export interface FollowOptions {
  /** Only this category; all of them when left out. */
  readonly category?: Category;
  /** Only this stream. */
  readonly stream?: StreamName;
  /** Commits up to and including this position are left out; 0 starts at the beginning. */
  readonly afterSequence: number;
  /** Ends the iteration. */
  readonly signal: AbortSignal;
  /** Commits a batch at the most; 1,000 unless told. */
  readonly batchMax?: number;
  /**
   * Bytes of a batch's commits, as they are stored, at the most, but one commit at least; `batchBytesMax` unless told. Decoded they take
   * several times as much memory until the reader asks for the next batch.
   */
  readonly batchBytesMax?: number;
  /**
   * For a reader that is in no hurry: after each handful of commits the next ones may gather for so long, milliseconds, which costs the
   * log and the reader less than one by one. A commit after a pause, and all that waits at the start, come at once. 0 unless told.
   */
  readonly gatherMs?: number;
}

/**
 * The log: the only system of record. Adapters: JetStream, and memory for tests; both pass one conformance suite.
 * Every method throws `StoreUnavailableError` when the log cannot be reached.
 */
export interface EventStore {
  /**
   * Stores one decision if `expectedSequence` is still the stream's last position (0: the stream must be new).
   * A commit whose id is already in this stream counts as appended, whatever was expected, so that a retry after a lost
   * answer is safe. When no answer comes, the adapter looks for the commit's id in the stream before it reports anything.
   * A retry names the same expectation as the first try, or an older one: adapters may look for the id only behind it.
   * Throws `CommitIdTakenError` when another stream has a commit of this id, `UnstorableCommitError` when it breaks its contract.
   */
  append<C extends Category>(
    stream: StreamOf<C>,
    expectedSequence: number,
    commit: NewCommit<C>,
  ): Promise<Appended | Conflict>;

  /** The stream's commits after a position, in order, up to its end at the time of the call. Empty for a stream that is new. */
  read<C extends Category>(
    stream: StreamOf<C>,
    options?: { readonly afterSequence?: number },
  ): AsyncIterable<Commit<C>>;

  /**
   * Commits of a category, a stream, or all, in order, and then those to come, until the signal. Survives reconnects.
   * Where nothing waits at the start, the first batch is empty and caught up: every follower learns that it is at the end.
   */
  follow(options: FollowOptions): AsyncIterable<CommitBatch>;

  /** The last position of the log; 0 when it is empty. */
  lastSequence(): Promise<number>;
}

/** The log cannot be reached, or did not answer in time. What was to be appended may or may not have been stored. */
export class StoreUnavailableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreUnavailableError';
  }
}

/** A commit's id stands in another stream already: whoever made the id did not make it unique. */
export class CommitIdTakenError extends Error {
  constructor(commitId: string, wanted: StreamName, found: StreamName | undefined) {
    const where = found ? `${found.category}/${found.id}` : 'a place that can no longer be read';
    super(`the commit id ${commitId} for ${wanted.category}/${wanted.id} is taken: a commit of ${where} bears it`);
    this.name = 'CommitIdTakenError';
  }
}
