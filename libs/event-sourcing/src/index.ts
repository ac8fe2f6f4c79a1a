export { CategoryView, openCategoryView } from './category-view';
export type { CategoryViewOptions, KeptBeside } from './category-view';
export {
  bytesOf,
  commitCodec,
  rememberingCodec,
  UnreadableCommitError,
  UnstorableCommitError,
  withBytes,
} from './commit-codec';
export type { CommitCodec, Contracts } from './commit-codec';
export { batchBytesMax, CommitIdTakenError, StoreUnavailableError } from './event-store';
export type {
  Appended,
  AppendedCommit,
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
export { InMemoryProgressBoard } from './in-memory.progress-board';
export { InMemorySnapshotStore } from './in-memory.snapshot-store';
export { Ledger, openLedger } from './ledger';
export type { LedgerOptions } from './ledger';
export type { LiveHosts, LivenessBoard } from './liveness-board';
export { LogGate, LogSuspectError, LogUnverifiedError } from './log-gate';
export type { GateState } from './log-gate';
export { LogMissingError } from './log-tail';
export type { LogBounds, LogMessage, LogTail } from './log-tail';
export type { NudgeOptions, NudgeQueue } from './nudge-queue';
export type { ProgressBoard, RunningFills } from './progress-board';
export { readState, runCommand, StreamContendedError, wasRefused } from './run-command';
export type { CommandEnvironment, Outcome } from './run-command';
export { ServiceBeacon } from './service-board';
export type { ServiceBeaconOptions, ServiceBoard } from './service-board';
export type { Snapshot, SnapshotStore } from './snapshot-store';
export { StateCheckpoint } from './state-checkpoint';
export type { Folded, StateSnapshots } from './state-checkpoint';
export { contextOf, inSpan, newTraceparent, traceparentOf } from './telemetry';
export type { SpanOptions } from './telemetry';
export { untilState } from './until-state';
export type { Followed, UntilOptions } from './until-state';
