import { inSpan, type Commit, type CommitBatch, type EventStore } from '@hearth/event-sourcing';
import type { ReadModelOptions } from '../database/connection';
import { persist, withSession } from '../database/session';
import { newerMigrations } from '../migrations/migrate';
import { ActiveRole } from './active-role';
import { holdLock } from './hold-lock';
import { FactWriter } from './fact-writer';
import { LogTooShortError } from './log-too-short.error';
import { listenForPosition } from './position-listener';
import { NewerTablesError } from './newer-tables.error';
import type { ProjectionPosition } from './projection-position';

/** What one write brought into the tables. */
export interface AppliedBatch {
  /** Position of its last commit. */
  readonly sequence: number;
  readonly commits: number;
  /** True when nothing more waited in the log. */
  readonly caughtUp: boolean;
  /** When its last commit was decided, by the writer's clock: now minus this is the lag. */
  readonly recordedAt: string;
  /** Folding and writing. */
  readonly durationMs: number;
}

export interface ProjectorOptions {
  readonly store: EventStore;
  readonly database: ReadModelOptions;
  readonly position: ProjectionPosition;
  /** Ends the projector after the write that runs. */
  readonly signal: AbortSignal;
  /** Commits a write at the most; 250 unless told: more take more memory, and go no faster. */
  readonly batchMax?: number;
  /** This process is the active projector now; the tables stand at the position. */
  readonly onActive?: (sequence: number) => void;
  readonly onApplied?: (batch: AppliedBatch) => void;
  /**
   * PostgreSQL or the log is away, a commit cannot be read, the log's end was lost, or the tables are of a newer release: nothing is
   * skipped, it is tried again.
   */
  readonly onFailure?: (error: unknown, retryInMs: number) => void;
}

/** A crash of the database server loses at most what was written since. */
const flushIntervalMs = 1_000;

/**
 * Keeps the read model in step with the log until the signal. Among all processes that run it one is active; the others wait
 * for its lock and take over as soon as its connection is gone. In all of them `position` follows.
 */
export async function runProjector(options: ProjectorOptions): Promise<void> {
  const { signal, onFailure } = options;
  const role = new ActiveRole();
  await Promise.all([
    persist({ signal, onFailure }, (succeeded) => project(options, role, succeeded)),
    persist({ signal, onFailure }, (succeeded) =>
      role.whilePassive(signal, (passive) => listenForPosition({ ...options, signal: passive }, succeeded)),
    ),
  ]);
}

async function project(options: ProjectorOptions, role: ActiveRole, succeeded: () => void): Promise<void> {
  const { database, signal, position } = options;
  // Rows can be had again from the log, so that a write need not wait for the disk; it is flushed every second.
  await withSession(database, { synchronous_commit: 'off' }, async (client, lost) => {
    if (!(await holdLock(client, 'projector', signal))) return;
    const newer = await newerMigrations(client);
    if (newer.length > 0) throw new NewerTablesError(newer);
    await role.whileActive(async () => {
      const writer = await FactWriter.open(client, { announces: true });
      const end = await options.store.lastSequence();
      if (end < writer.sequence) throw new LogTooShortError(end, writer.sequence);
      position.advance(writer.sequence);
      options.onActive?.(writer.sequence);
      succeeded();
      await followLog(options, writer, lost, succeeded);
    });
  });
}

async function followLog(
  options: ProjectorOptions,
  writer: FactWriter,
  lost: AbortSignal,
  succeeded: () => void,
): Promise<void> {
  const { store, signal, batchMax = 250 } = options;
  const until = AbortSignal.any([signal, lost]);
  const flush = flushEvery(flushIntervalMs, writer);
  try {
    for await (const batch of store.follow({ afterSequence: writer.sequence, signal: until, batchMax })) {
      if (until.aborted) break;
      if (batch.commits.length > 0) {
        await apply(options, writer, batch);
        flush.due();
        succeeded();
      }
      // What is no commit leaves nothing in the rows, and nobody is to wait for it.
      if (batch.readTo !== undefined) options.position.advance(batch.readTo);
    }
    if (lost.aborted) throw lost.reason;
  } finally {
    await flush.end(!lost.aborted);
  }
}

async function apply({ position, onApplied }: ProjectorOptions, writer: FactWriter, batch: CommitBatch): Promise<void> {
  const { commits, caughtUp } = batch;
  const last = commits.at(-1)!;
  const began = performance.now();
  await inSpan('projection.apply', spanOf(commits), async () => {
    await writer.fold(commits);
    await writer.write();
  });
  position.advance(last.sequence);
  const durationMs = performance.now() - began;
  onApplied?.({ sequence: last.sequence, commits: commits.length, caughtUp, recordedAt: last.recordedAt, durationMs });
}

/** A span that serves many requests names only some of them. */
const linksMax = 16;

function spanOf(commits: readonly Commit[]) {
  const linkedTo = commits.slice(-linksMax).flatMap(({ traceparent }) => traceparent ?? []);
  return { attributes: { 'hearth.commits': commits.length, 'hearth.sequence': commits.at(-1)!.sequence }, linkedTo };
}

/** Flushes once, some time after the first write that is due. */
function flushEvery(intervalMs: number, writer: FactWriter) {
  let timer: NodeJS.Timeout | undefined;
  const flush = async () => {
    timer = undefined;
    // A connection that breaks here breaks the next write too, which reports it.
    await writer.flush().catch(() => undefined);
  };
  return {
    due: () => {
      timer ??= setTimeout(() => void flush(), intervalMs);
    },
    end: async (connected: boolean) => {
      if (timer === undefined) return;
      clearTimeout(timer);
      if (connected) await flush();
    },
  };
}
