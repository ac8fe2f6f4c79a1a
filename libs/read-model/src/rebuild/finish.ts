import type { EventStore } from '@hearth/event-sourcing';
import type { Client } from 'pg';
import { readCheckpoint, type FactWriter } from '../projector/fact-writer';
import { factTables } from '../tables/fact-tables';
import type { AnyTable } from '../tables/table';
import { compareTable, type TableDifference } from './compare-tables';
import { replay } from './replay';
import { scratchSchema } from './scratch-schema';

export interface FinishOptions {
  readonly live: Client;
  readonly writer: FactWriter;
  readonly store: EventStore;
  readonly signal: AbortSignal;
  readonly compareOnly?: boolean;
  readonly swapDespiteDifferences?: boolean;
}

export interface Finished {
  readonly sequence: number;
  readonly pauseMs: number;
  readonly differences: readonly TableDifference[];
  readonly sameLog: boolean;
  readonly swapped: boolean;
}

/** Deadlock detected, lock not available: somebody else came first. */
const retriable = ['40P01', '55P03'];
const attemptsMax = 10;

/** Compares and swaps in one transaction, while nobody writes; tried again when locks collide. */
export async function finish(options: FinishOptions): Promise<Finished> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inTransaction(options);
    } catch (error) {
      await options.live.query('rollback');
      const { code } = error as { code?: string };
      if (attempt === attemptsMax || !retriable.includes(code ?? '')) throw error;
    }
  }
}

async function inTransaction(options: FinishOptions): Promise<Finished> {
  const { live, writer, store, signal, compareOnly, swapDespiteDifferences } = options;
  await live.query(`begin; set local lock_timeout = '10s'`);
  const { schema, tables } = await liveTables(live);
  const began = performance.now();
  // The projector waits before its next write, reads go on.
  await lockTables(live, schema, tables);
  const checkpoint = await readCheckpoint(live);
  await replay({ store, writer, upTo: checkpoint.sequence, signal });
  await writer.write();
  const differences = await compareAll(live, schema, tables);
  const sameLog = writer.checkpoint.runningHash === checkpoint.runningHash;
  const same = sameLog && differences.length === 0;
  const swapped = !compareOnly && (same || swapDespiteDifferences === true);
  if (swapped) await swap(live, schema, writer);
  await live.query(swapped ? 'commit' : 'rollback');
  return { sequence: checkpoint.sequence, pauseMs: performance.now() - began, differences, sameLog, swapped };
}

/** From here to the end of the transaction nobody writes. */
export async function lockTables(live: Client, schema: string, tables: readonly AnyTable[]): Promise<void> {
  const locked = ['projection_checkpoints', ...tables.map(({ name }) => name)];
  await live.query(`lock table ${locked.map((name) => `${schema}.${name}`).join(', ')} in exclusive mode`);
}

/** The tables in which the live ones differ from those that were built anew. */
export async function compareAll(
  live: Client,
  schema: string,
  tables: readonly AnyTable[],
): Promise<readonly TableDifference[]> {
  const differences: TableDifference[] = [];
  for (const table of factTables) {
    const difference = await compareTable(live, schema, table, tables.includes(table));
    if (difference) differences.push(difference);
  }
  return differences;
}

/** The schema of the live tables, and those of them that there are. */
export async function liveTables(
  live: Client,
): Promise<{ readonly schema: string; readonly tables: readonly AnyTable[] }> {
  const { rows } = await live.query<{ schema: string; name: string }>(
    `select quote_ident(n.nspname) as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = current_schema() and c.relkind = 'r'`,
  );
  const names = rows.map(({ name }) => name);
  return { schema: rows[0]?.schema ?? 'public', tables: factTables.filter(({ name }) => names.includes(name)) };
}

/** Old tables out, new ones in under the same names; whoever still writes by the old generation has to start anew. */
export async function swap(live: Client, schema: string, { checkpoint }: FactWriter): Promise<void> {
  for (const { name } of factTables) {
    await live.query(`drop table if exists ${schema}.${name}`);
    await live.query(`alter table ${scratchSchema}.${name} set schema ${schema}`);
  }
  const { commitId, commitDigest, runningHash } = checkpoint;
  await live.query(
    `update ${schema}.projection_checkpoints
      set generation = generation + 1, commit_id = $1, commit_digest = $2, running_hash = $3, updated_at = now()
      where name = 'facts'`,
    [commitId, commitDigest, runningHash],
  );
}
