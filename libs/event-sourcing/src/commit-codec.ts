import {
  categories,
  commitBytesMax,
  commitSchema,
  decodeEvent,
  encodeEvent,
  type Category,
  type CategoryContract,
  type EventSpec,
  type EventsOf,
  type StreamName,
} from '@hearth/contracts';
import type { Commit, NewCommit, StreamOf } from './event-store';

/** Commits to bytes and back: what every adapter of the log shares, so that they store and refuse the same things. */
export interface CommitCodec {
  /** The bytes of a commit's message. Throws `UnstorableCommitError`. */
  encode<C extends Category>(stream: StreamOf<C>, commit: NewCommit<C>): Uint8Array;
  /** A stored commit with its events brought to their latest shape. Throws `UnreadableCommitError`. */
  decode(stream: StreamName, sequence: number, bytes: Uint8Array, storedAt: string): Commit;
}

/** The contracts by category: `categories` in production, others in tests of upcasting. */
export type Contracts = Readonly<Record<Category, CategoryContract<Record<string, EventSpec>>>>;

const text = new TextDecoder();
const utf8 = new TextEncoder();

/** `bytesMax` bounds the JSON of one commit; above 512 KiB a decision has to be made as several. */
export function commitCodec(contracts: Contracts = categories, bytesMax = commitBytesMax): CommitCodec {
  return {
    encode(stream, commit) {
      const bytes = utf8.encode(JSON.stringify(storedForm(contracts, stream, commit)));
      if (bytes.length <= bytesMax) return bytes;
      const why = `it takes ${bytes.length} bytes, and a commit holds ${bytesMax} at the most; decide it in several steps`;
      throw new UnstorableCommitError(stream, commit.id, why);
    },
    decode(stream, sequence, bytes, storedAt) {
      try {
        const { format: _format, events, ...envelope } = commitSchema.parse(JSON.parse(text.decode(bytes)));
        const contract = contracts[stream.category];
        const latest = events.map((event) => decodeEvent(contract, event)) as EventsOf[Category][];
        return withBytes({ ...envelope, stream, sequence, storedAt, events: latest }, bytes);
      } catch (cause) {
        throw new UnreadableCommitError(stream, sequence, cause);
      }
    },
  };
}

/** A commit that still knows its bytes, which nobody sees who only reads it. */
class ReadCommit {
  readonly #bytes: Uint8Array;

  constructor(commit: Commit, bytes: Uint8Array) {
    Object.assign(this, commit);
    this.#bytes = bytes;
  }

  static bytesOf(commit: object): Uint8Array | undefined {
    return #bytes in commit ? commit.#bytes : undefined;
  }
}

/** The commit, which says from now on what it was read from. */
export function withBytes(commit: Commit, bytes: Uint8Array): Commit {
  return new ReadCommit(commit, bytes) as object as Commit;
}

/**
 * What a commit was read from; undefined for one that was not read. Another release may read other events out of the same bytes:
 * what has to be the same for ever is made of these.
 */
export function bytesOf(commit: Commit): Uint8Array | undefined {
  return ReadCommit.bytesOf(commit);
}

/** Larger commits are rare, and not remembered. */
const rememberedBytesMax = 16 * 1024;
/** Of all that are remembered: decoded they take several times as much. */
const rememberedInAllMax = 512 * 1024;

/**
 * A codec that knows the last commits that it decoded, `commitsMax` of them or 512 KiB, and does not decode them anew: for a process that
 * reads the log in more than one way. By place and bytes, so that a commit is never taken for another.
 */
export function rememberingCodec(codec: CommitCodec, commitsMax: number): CommitCodec {
  const decoded = new Map<number, { readonly bytes: Uint8Array; readonly commit: Commit }>();
  let held = 0;
  const forget = (sequence: number) => {
    held -= decoded.get(sequence)?.bytes.length ?? 0;
    decoded.delete(sequence);
  };
  return {
    encode: (stream, commit) => codec.encode(stream, commit),
    decode(stream, sequence, bytes, storedAt) {
      const known = decoded.get(sequence);
      const isKnown = known && isSame(known.commit.stream, stream) && known.commit.storedAt === storedAt;
      if (isKnown && areEqual(known.bytes, bytes)) return known.commit;
      if (bytes.length > rememberedBytesMax) return codec.decode(stream, sequence, bytes, storedAt);
      // A copy: the bytes are a part of what was read from a socket, which would be held as a whole.
      const own = bytes.slice();
      const commit = codec.decode(stream, sequence, own, storedAt);
      forget(sequence);
      decoded.set(sequence, { bytes: own, commit });
      held += own.length;
      while (decoded.size > commitsMax || held > rememberedInAllMax) forget(decoded.keys().next().value!);
      return commit;
    },
  };
}

const isSame = (one: StreamName, other: StreamName) => one.category === other.category && one.id === other.id;

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false;
  return true;
}

function storedForm<C extends Category>(contracts: Contracts, stream: StreamOf<C>, commit: NewCommit<C>): unknown {
  if (stream.id === '') throw new UnstorableCommitError(stream, commit.id, 'the stream has an empty id');
  try {
    const { events, ...envelope } = commit;
    const encoded = events.map((event) => encodeEvent(contracts[stream.category], event));
    return commitSchema.parse({ format: 1, ...envelope, events: encoded });
  } catch (cause) {
    throw new UnstorableCommitError(stream, commit.id, messageOf(cause), { cause });
  }
}

/** The commit breaks its contract or is too big; nothing was stored. A defect of the writer, never of the log. */
export class UnstorableCommitError extends Error {
  constructor(stream: StreamName, commitId: string, why: string, options?: ErrorOptions) {
    super(`commit ${commitId} of ${stream.category}/${stream.id} cannot be stored: ${why}`, options);
    this.name = 'UnstorableCommitError';
  }
}

/** A stored commit that this build cannot read; `cause` is the `UnreadableEventError` where one event is to blame. */
export class UnreadableCommitError extends Error {
  constructor(
    readonly stream: StreamName,
    readonly sequence: number,
    cause: unknown,
  ) {
    super(`the commit at position ${sequence} (${stream.category}/${stream.id}) cannot be read: ${messageOf(cause)}`, {
      cause,
    });
    this.name = 'UnreadableCommitError';
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
