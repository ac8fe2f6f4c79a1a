export { commitCodec, UnreadableCommitError, UnstorableCommitError } from './commit-codec';
export type { CommitCodec, Contracts } from './commit-codec';
export { CommitIdTakenError, StoreUnavailableError } from './event-store';
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
export { InMemoryEventStore } from './in-memory.event-store';
export { InMemorySnapshotStore } from './in-memory.snapshot-store';
export type { LiveHosts, LivenessBoard } from './liveness-board';
export type { NudgeOptions, NudgeQueue } from './nudge-queue';
export { readState, runCommand, StreamContendedError } from './run-command';
export type { CommandEnvironment, Outcome } from './run-command';
export type { Snapshot, SnapshotStore } from './snapshot-store';
export { contextOf, inSpan, traceparentOf } from './telemetry';
export type { SpanOptions } from './telemetry';
