import type { EventStore } from '@hearth/event-sourcing';
import type { Client } from 'pg';
import type { ReadModelOptions } from '../database/connection';
import { withSession } from '../database/session';
import { FactWriter, readCheckpoint } from '../projector/fact-writer';
import { factTables } from '../tables/fact-tables';
import { claim } from './claim';
import type { TableDifference } from './compare-tables';
import { finish } from './finish';
import { replay } from './replay';
import { createScratch, dropScratch, scratchSchema } from './scratch-schema';

export interface RebuildOptions {
  readonly store: EventStore;
  readonly database: ReadModelOptions;
  /** True: compares and leaves the live tables as they are. */
  readonly compareOnly?: boolean;
  /** True: swaps the new tables in even if the live ones differ. */
  readonly swapDespiteDifferences?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RebuildProgress) => void;
}

export interface RebuildProgress {
  readonly phase: 'prepare' | 'replay' | 'index' | 'compare' | 'done';
  /** Position reached in the log, of how many. */
  readonly sequence: number;
  readonly upTo: number;
}

export interface RebuildReport {
  /** The position at which old and new tables were compared. */
  readonly sequence: number;
  /** Commits replayed before the pause. */
  readonly commits: number;
  readonly replayMs: number;
  readonly commitsPerSecond: number;
  /** How long the projector was held up while the tables were compared and swapped. */
  readonly pauseMs: number;
  /** Empty when the live tables were what the log leads to. */
  readonly differences: readonly TableDifference[];
  /** False when the log is not the one that the live tables were made from. */
  readonly sameLog: boolean;
  readonly swapped: boolean;
}

/** Positions that may be left for the pause: folded in well under a second. */
const gapMax = 1_000;

/**
 * Builds the tables that come from facts anew beside the live ones, from the log's start to where the live ones stand; then
 * holds the projector up for a moment, compares row by row, and swaps the new tables in. The apps may run. One at a time.
 * Throws `ReadModelUnavailableError`-like errors of `pg`, `StoreUnavailableError`, `LogTooShortError`; the live tables are then
 * as they were.
 */
export async function rebuildFacts(options: RebuildOptions): Promise<RebuildReport> {
  const { database } = options;
  return withSession(database, { statement_timeout: '0' }, async (live, lost) => {
    await claim(live);
    const { indexes } = await createScratch(live, database);
    try {
      const scratch = { ...database, schema: scratchSchema };
      return await withSession(scratch, { synchronous_commit: 'off', work_mem: '64MB' }, (client, scratchLost) => {
        const signals = [lost, scratchLost, ...(options.signal ? [options.signal] : [])];
        return build(options, { live, client, indexes, signal: AbortSignal.any(signals) });
      });
    } finally {
      await dropScratch(live).catch(() => undefined); // the next run does it
    }
  });
}

interface Building {
  readonly live: Client;
  readonly client: Client;
  readonly indexes: readonly string[];
  readonly signal: AbortSignal;
}

async function build(options: RebuildOptions, { live, client, indexes, signal }: Building): Promise<RebuildReport> {
  const { store, onProgress } = options;
  const writer = await FactWriter.open(client, { announces: false, rowsMax: 50_000 });
  const began = performance.now();
  let commits = 0;
  for (let upTo = await livePosition(live); writer.sequence + gapMax < upTo; upTo = await livePosition(live)) {
    const report = (sequence: number) => onProgress?.({ phase: 'replay', sequence, upTo });
    commits += await replay({ store, writer, upTo, signal, onProgress: report });
  }
  const replayMs = performance.now() - began;
  const replayed = writer.sequence;
  onProgress?.({ phase: 'index', sequence: replayed, upTo: replayed });
  for (const definition of indexes) await client.query(definition);
  for (const { name } of factTables) await client.query(`analyze ${name}`);
  onProgress?.({ phase: 'compare', sequence: replayed, upTo: replayed });
  const finished = await finish({ ...options, live, writer, signal });
  onProgress?.({ phase: 'done', sequence: finished.sequence, upTo: finished.sequence });
  return { ...finished, replayMs, commits, commitsPerSecond: commits / Math.max(replayMs / 1000, 0.001) };
}

async function livePosition(live: Client): Promise<number> {
  return (await readCheckpoint(live)).sequence;
}
