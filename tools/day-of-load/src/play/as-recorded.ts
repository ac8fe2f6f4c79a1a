import { bytesOf, type Commit, type EventStore, withBytes } from '@hearth/event-sourcing';

/**
 * The log as if it had stored each commit when that was recorded: a time that was played and written in minutes is brought into tables as
 * it was played. Tables that are folded from the log itself, by a rebuild for instance, have the minutes.
 */
export function asRecorded(store: EventStore): EventStore {
  return {
    append: (...args) => store.append(...args),
    read: (...args) => store.read(...args),
    lastSequence: () => store.lastSequence(),
    async *follow(options) {
      for await (const batch of store.follow(options))
        yield { ...batch, commits: batch.commits.map(storedWhenRecorded) };
    },
  };
}

function storedWhenRecorded(commit: Commit): Commit {
  const bytes = bytesOf(commit);
  const recorded = { ...commit, storedAt: commit.recordedAt };
  return bytes ? withBytes(recorded, bytes) : recorded;
}
