import { factsSubject, type Category, type StreamName } from '@hearth/contracts';
import { commitCodec, type CommitCodec } from './commit-codec';
import {
  batchBytesMax,
  CommitIdTakenError,
  type Appended,
  type Commit,
  type CommitBatch,
  type Conflict,
  type EventStore,
  type FollowOptions,
  type NewCommit,
  type StreamOf,
} from './event-store';
import type { LogBounds, LogMessage, LogTail } from './log-tail';

interface Stored {
  readonly id: string;
  readonly stream: StreamName;
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly storedAt: string;
}

/**
 * The log in memory, for tests and simulations. It keeps bytes, not objects, so that what is read went through the same
 * encoding, upcasting and checks as with the real log.
 */
export class InMemoryEventStore implements EventStore, LogTail {
  private readonly log: Stored[] = [];
  private readonly byId = new Map<string, Stored>();
  private readonly byStream = new Map<string, Stored[]>();
  private readonly waiting = new Set<() => void>();

  /** `now` is the log's clock, milliseconds since 1970; it is asked once for each commit that is stored. The log's time never goes back. */
  constructor(
    private readonly codec: CommitCodec = commitCodec(),
    private readonly now: () => number = Date.now,
  ) {}

  async append<C extends Category>(
    stream: StreamOf<C>,
    expectedSequence: number,
    commit: NewCommit<C>,
  ): Promise<Appended | Conflict> {
    const bytes = this.codec.encode(stream, commit);
    const known = this.byId.get(commit.id);
    if (known) {
      if (keyOf(known.stream) !== keyOf(stream)) throw new CommitIdTakenError(commit.id, stream, known.stream);
      return { status: 'appended', sequence: known.sequence };
    }
    if (expectedSequence !== this.lastOf(stream)) return { status: 'conflict' };
    return { status: 'appended', sequence: this.store(stream, commit.id, bytes) };
  }

  /** Stores bytes as they are, as a newer or a broken writer might: for tests of reading. Returns the position. */
  appendBytes(stream: StreamName, commitId: string, bytes: Uint8Array): number {
    return this.store(stream, commitId, bytes);
  }

  async *read<C extends Category>(
    stream: StreamOf<C>,
    options: { readonly afterSequence?: number } = {},
  ): AsyncIterable<Commit<C>> {
    const { afterSequence = 0 } = options;
    const snapshot = this.byStream.get(keyOf(stream))?.slice() ?? [];
    for (const stored of snapshot) if (stored.sequence > afterSequence) yield this.decode(stored) as Commit<C>;
  }

  async *follow(options: FollowOptions): AsyncIterable<CommitBatch> {
    const { afterSequence, signal, batchMax = 1000, batchBytesMax: bytesMax = batchBytesMax } = options;
    let index = afterSequence;
    let announce = true;
    while (!signal.aborted) {
      const commits: Commit[] = [];
      let bytes = 0;
      for (; index < this.log.length && commits.length < batchMax; index += 1) {
        const stored = this.log[index]!;
        if (!isFollowed(options, stored.stream)) continue;
        bytes += stored.bytes.length;
        if (commits.length > 0 && bytes > bytesMax) break;
        commits.push(this.decode(stored));
      }
      const caughtUp = !this.log.slice(index).some((stored) => isFollowed(options, stored.stream));
      if (commits.length > 0 || announce) yield { commits, caughtUp };
      announce = false;
      if (index >= this.log.length && !signal.aborted) await this.grown(signal);
    }
  }

  async lastSequence(): Promise<number> {
    return this.log.length;
  }

  async bounds(): Promise<LogBounds> {
    return { last: this.log.length, gone: 0 };
  }

  async at(sequence: number): Promise<LogMessage | undefined> {
    const stored = this.log[sequence - 1];
    return stored && { sequence, subject: factsSubject(stored.stream), commitId: stored.id, bytes: stored.bytes };
  }

  private store(stream: StreamName, id: string, bytes: Uint8Array): number {
    const now = new Date(this.now()).toISOString();
    const last = this.log.at(-1)?.storedAt ?? now;
    const stored: Stored = {
      id,
      stream: { category: stream.category, id: stream.id },
      sequence: this.log.length + 1,
      bytes,
      storedAt: now > last ? now : last,
    };
    this.log.push(stored);
    this.byId.set(id, stored);
    const key = keyOf(stream);
    const streamLog = this.byStream.get(key);
    if (streamLog) streamLog.push(stored);
    else this.byStream.set(key, [stored]);
    for (const wake of this.waiting) wake();
    return stored.sequence;
  }

  private lastOf(stream: StreamName): number {
    return this.byStream.get(keyOf(stream))?.at(-1)?.sequence ?? 0;
  }

  private decode(stored: Stored): Commit {
    return this.codec.decode(stored.stream, stored.sequence, stored.bytes, stored.storedAt);
  }

  private grown(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}

function keyOf(stream: StreamName): string {
  return `${stream.category}/${stream.id}`;
}

function isFollowed({ category, stream }: FollowOptions, of: StreamName): boolean {
  if (stream && keyOf(stream) !== keyOf(of)) return false;
  return category === undefined || category === of.category;
}
