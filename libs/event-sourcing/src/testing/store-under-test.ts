import type { StreamName } from '@hearth/contracts';
import type { Commit, CommitBatch, EventStore, FollowOptions } from '../event-store';
import { newCommit, type streamNamed } from './sample-commits';

/** One empty log for one test. */
export interface StoreUnderTest {
  readonly store: EventStore;
  /** Puts bytes into the log past the store, as a newer or a broken writer might; returns their position. */
  appendBytes(stream: StreamName, commitId: string, bytes: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

/** ISO 8601, UTC, with milliseconds. */
export const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;

/** The position of what was appended. Throws at a conflict. */
export async function appended(result: ReturnType<EventStore['append']>): Promise<number> {
  const settled = await result;
  if (settled.status !== 'appended') throw new Error('the append met a conflict');
  return settled.sequence;
}

/** Fills a new stream, a commit for each reason; the position of the last. */
export async function appendAll(
  store: EventStore,
  stream: ReturnType<typeof streamNamed<'service'>>,
  reasons: readonly string[],
): Promise<number> {
  let sequence = 0;
  for (const reason of reasons) sequence = await appended(store.append(stream, sequence, newCommit(reason)));
  return sequence;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The batches up to the one that is caught up and completes `count` commits. */
export async function followed(
  store: EventStore,
  options: Omit<FollowOptions, 'signal'>,
  count: number,
): Promise<CommitBatch[]> {
  const batches: CommitBatch[] = [];
  let seen = 0;
  for await (const batch of store.follow({ ...options, signal: new AbortController().signal })) {
    batches.push(batch);
    seen += batch.commits.length;
    if (seen >= count && batch.caughtUp) break;
  }
  return batches;
}

/** What the events of the commits give as reasons. */
export function reasonsOf(commits: readonly Commit<'service'>[]): (string | undefined)[] {
  return commits.flatMap(({ events }) =>
    events.map((event) => ('reason' in event.data ? event.data.reason : undefined)),
  );
}
