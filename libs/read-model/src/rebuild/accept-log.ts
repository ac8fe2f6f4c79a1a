import type { EventStore, LogTail } from '@hearth/event-sourcing';
import type { Client } from 'pg';
import type { ReadModelOptions } from '../database/connection';
import { clientQueries } from '../database/client-queries';
import { withSession } from '../database/session';
import { FactWriter } from '../projector/fact-writer';
import { evidenceOf, type LogLoss, lookForLoss } from '../projector/log-loss';
import { findLogRecords, type LogRecords } from '../queries/log-records.query';
import { factTables } from '../tables/fact-tables';
import { claim } from './claim';
import type { TableDifference } from './compare-tables';
import { compareAll, liveTables, lockTables, swap } from './finish';
import { findLost, type LostWithLog } from './lost-with-log';
import type { RebuildProgress } from './rebuild';
import { replay } from './replay';
import { createScratch, dropScratch, scratchSchema } from './scratch-schema';

export interface AcceptLogOptions {
  readonly store: EventStore;
  readonly tail: LogTail;
  readonly database: ReadModelOptions;
  /** Who decided, and why; kept with the decision. Left out: nothing is changed. */
  readonly decision?: { readonly by: string; readonly note: string | undefined };
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RebuildProgress) => void;
}

export interface AcceptedLog {
  /** What the log lacks; undefined where it lacks nothing, and nothing was done. */
  readonly loss: LogLoss | undefined;
  /** How far the tables had followed. */
  readonly seenTo: number;
  /** Position of the last commit that the log holds; 0 for an empty one. */
  readonly logEnd: number;
  readonly lost: LostWithLog;
  /** Rows in which the tables differ from what the log leads to. */
  readonly differences: readonly TableDifference[];
  /** True when the tables are those of the log now. */
  readonly accepted: boolean;
}

const nothingLost: LostWithLog = { unknown: [], older: [] };

/**
 * Takes a log that lost commits for the truth, or shows what that would mean: builds the tables anew from what it holds, compares,
 * swaps them in, and settles what was found missing, in one transaction. A log that lacks nothing is left alone. Throws errors of `pg`,
 * `StoreUnavailableError`; everything is then as it was.
 */
export async function acceptLog(options: AcceptLogOptions): Promise<AcceptedLog> {
  const { database, tail } = options;
  return withSession(database, { statement_timeout: '0' }, async (live, lost) => {
    await claim(live);
    const records = await findLogRecords(clientQueries(live));
    const { loss, bounds } = await lookForLoss(tail, evidenceOf(records), records.witness.gone);
    const seenTo = Math.max(records.checkpoint.sequence, records.witness.sequence);
    if (!loss) {
      return { loss, seenTo, logEnd: bounds.last, lost: nothingLost, differences: [], accepted: false };
    }
    const { indexes } = await createScratch(live, database);
    try {
      const scratch = { ...database, schema: scratchSchema };
      return await withSession(
        scratch,
        { synchronous_commit: 'off', work_mem: '64MB' },
        async (client, scratchLost) => {
          const signal = AbortSignal.any([lost, scratchLost, ...(options.signal ? [options.signal] : [])]);
          const writer = await FactWriter.open(client, { announces: false, rowsMax: 50_000 });
          await replayAll(options, writer, bounds.last, signal);
          for (const definition of indexes) await client.query(definition);
          for (const { name } of factTables) await client.query(`analyze ${name}`);
          const settled = await settle(options, { live, writer, records, gone: bounds.gone });
          return { loss, seenTo, logEnd: writer.checkpoint.sequence, ...settled };
        },
      );
    } finally {
      await dropScratch(live).catch(() => undefined); // the next run does it
    }
  });
}

async function replayAll(
  { store, onProgress }: AcceptLogOptions,
  writer: FactWriter,
  upTo: number,
  signal: AbortSignal,
): Promise<void> {
  const report = (sequence: number) => onProgress?.({ phase: 'replay', sequence, upTo });
  await replay({ store, writer, upTo, signal, onProgress: report, mayEndBefore: true });
  onProgress?.({ phase: 'compare', sequence: writer.sequence, upTo });
}

interface Settling {
  readonly live: Client;
  readonly writer: FactWriter;
  readonly records: LogRecords;
  readonly gone: number;
}

async function settle(
  { decision }: AcceptLogOptions,
  { live, writer, records, gone }: Settling,
): Promise<Pick<AcceptedLog, 'lost' | 'differences' | 'accepted'>> {
  await live.query(`begin; set local lock_timeout = '30s'`);
  try {
    const { schema, tables } = await liveTables(live);
    await lockTables(live, schema, tables);
    const differences = await compareAll(live, schema, tables);
    const lost = await findLost(live, schema);
    if (decision) {
      await swap(live, schema, writer);
      await moveBack(live, schema, { writer, gone });
      await close(live, { records, lost, decision });
    }
    await live.query(decision ? 'commit' : 'rollback');
    return { lost, differences, accepted: decision !== undefined };
  } catch (error) {
    await live.query('rollback').catch(() => undefined); // the connection is what is broken
    throw error;
  }
}

/** What was seen of the log is from now on what it holds. */
async function moveBack(
  live: Client,
  schema: string,
  { writer, gone }: { readonly writer: FactWriter; readonly gone: number },
): Promise<void> {
  const { sequence, commitId, commitDigest } = writer.checkpoint;
  await live.query(`update ${schema}.projection_checkpoints set sequence = $1 where name = 'facts'`, [sequence]);
  await live.query(
    `update ${schema}.log_witness set sequence = $1, commit_id = $2, commit_digest = $3, gone = $4, updated_at = now()
      where name = 'facts'`,
    [sequence, commitId, commitDigest, gone],
  );
}

/** Settles what processes have found; where none has yet, the decision is kept by itself. */
async function close(
  live: Client,
  {
    records,
    lost,
    decision,
  }: { readonly records: LogRecords; readonly lost: LostWithLog; readonly decision: { by: string; note?: string } },
): Promise<void> {
  const { checkpoint } = records;
  const counts = JSON.stringify({ unknown: lost.unknown.length, older: lost.older.length });
  await live.query(
    `update log_incidents set outcome = 'accepted', closed_by = $1, closed_at = now(), note = $2, lost = $3 where outcome is null`,
    [decision.by, decision.note ?? null, counts],
  );
  await live.query(
    `insert into log_incidents (cause, sequence, commit_id, commit_digest, log_end, reason, found_by, found_at,
        outcome, closed_by, closed_at, note, lost)
      select 'shorter', $1, $2, $3, 0, 'found by whoever accepted it', $4, now(), 'accepted', $4, now(), $5, $6
        where not exists (select from log_incidents where outcome = 'accepted' and id > $7)`,
    [
      ...[checkpoint.sequence, checkpoint.commitId, checkpoint.commitDigest],
      ...[decision.by, decision.note ?? null, counts, records.epoch],
    ],
  );
}
