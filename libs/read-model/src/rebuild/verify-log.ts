import type { EventStore } from '@hearth/event-sourcing';
import type { ReadModelOptions } from '../database/connection';
import { withSession } from '../database/session';
import { chainHash, commitDigest, emptyLogHash } from '../projector/commit-digest';
import { readCheckpoint } from '../projector/fact-writer';

export interface VerifyLogOptions {
  readonly store: EventStore;
  readonly database: ReadModelOptions;
  readonly signal: AbortSignal;
  readonly onProgress?: (sequence: number, upTo: number) => void;
}

export interface VerifiedLog {
  /** Whether every commit up to there is the one that the tables were made from. */
  readonly isSame: boolean;
  /** How far the tables had followed when this began. */
  readonly upTo: number;
  /** Where the log ended, at the most there. */
  readonly logEnd: number;
  readonly commits: number;
  /** SHA-256 over the digests of all commits, each chained to the one before; of the log, and of the tables. */
  readonly runningHash: string;
  readonly expectedHash: string;
}

/**
 * Reads the whole log up to where the tables stand and compares its running hash with theirs. Nothing is held up and nothing changed.
 * Throws errors of `pg`, `StoreUnavailableError`.
 */
export async function verifyLog({ store, database, signal, onProgress }: VerifyLogOptions): Promise<VerifiedLog> {
  const { sequence: upTo, runningHash: expectedHash } = await withSession(database, {}, readCheckpoint);
  let runningHash = emptyLogHash;
  let logEnd = 0;
  let commits = 0;
  const finished = new AbortController();
  const until = AbortSignal.any([signal, finished.signal]);
  if (upTo > 0) {
    for await (const batch of store.follow({ afterSequence: 0, signal: until })) {
      signal.throwIfAborted();
      for (const commit of batch.commits) {
        if (commit.sequence > upTo) break;
        runningHash = chainHash(runningHash, commitDigest(commit));
        logEnd = commit.sequence;
        commits += 1;
      }
      onProgress?.(logEnd, upTo);
      if (batch.caughtUp || (batch.commits.at(-1)?.sequence ?? 0) >= upTo) break;
    }
    finished.abort();
    signal.throwIfAborted();
  }
  return { isSame: runningHash === expectedHash, upTo, logEnd, commits, runningHash, expectedHash };
}
