import type { CommitBatch, EventStore } from '@hearth/event-sourcing';
import type { FactWriter } from '../projector/fact-writer';
import { LogTooShortError } from '../projector/log-too-short.error';

export interface ReplayOptions {
  readonly store: EventStore;
  readonly writer: FactWriter;
  /** The last commit to bring in; the log has it. */
  readonly upTo: number;
  readonly signal: AbortSignal;
  /** True: a log that ends before is brought in as far as it goes. */
  readonly mayEndBefore?: boolean;
  readonly onProgress?: (sequence: number) => void;
}

/** Changed rows that are gathered before they are written: a volume's whole life is then often one row to write. */
const changesMax = 4_000;
const batchMax = 2_000;
const batchBytesMax = 4 * 1024 * 1024;

/**
 * Brings the log up to a position into the writer's tables; returns the number of commits. PostgreSQL writes while the next
 * batches are read and folded.
 */
export async function replay({
  store,
  writer,
  upTo,
  signal,
  mayEndBefore,
  onProgress,
}: ReplayOptions): Promise<number> {
  let commits = 0;
  if (writer.sequence >= upTo) return commits;
  const finished = new AbortController();
  const until = AbortSignal.any([signal, finished.signal]);
  const from = { afterSequence: writer.sequence, signal: until, batchMax, batchBytesMax };
  const batches = store.follow(from)[Symbol.asyncIterator]();
  let next = take(batches);
  let writing = Promise.resolve();
  try {
    while (writer.sequence < upTo) {
      const batch = await next;
      signal.throwIfAborted();
      if (!batch) throw new Error(`the log ended at ${writer.sequence}, before position ${upTo}`);
      next = take(batches);
      const wanted = batch.commits.filter(({ sequence }) => sequence <= upTo);
      commits += wanted.length;
      await writer.fold(wanted);
      if (writer.changes >= changesMax) {
        await writing;
        writing = writer.write();
        writing.catch(() => undefined); // awaited before the next write, or at the end
      }
      onProgress?.(writer.sequence);
      if (batch.caughtUp && mayEndBefore) break;
      if (batch.caughtUp && writer.sequence < upTo) throw new LogTooShortError(writer.sequence, upTo);
    }
    await writing;
    await writer.write();
    return commits;
  } finally {
    finished.abort();
    next.catch(() => undefined);
    await writing.catch(() => undefined);
    await batches.return?.(undefined);
  }
}

async function take(batches: AsyncIterator<CommitBatch>): Promise<CommitBatch | undefined> {
  const { done, value } = await batches.next();
  return done ? undefined : value;
}
