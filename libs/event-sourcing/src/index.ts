export { StoreUnavailableError } from './event-store';
export type {
  Appended,
  Commit,
  CommitBatch,
  CommitContext,
  Conflict,
  EventStore,
  FollowOptions,
  NewCommit,
  StreamOf,
} from './event-store';
export { readState, runCommand, StreamContendedError } from './run-command';
export type { CommandEnvironment, Outcome } from './run-command';
export type { Snapshot, SnapshotStore } from './snapshot-store';
