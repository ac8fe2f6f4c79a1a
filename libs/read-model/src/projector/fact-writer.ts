import type { Commit } from '@hearth/event-sourcing';
import type { ClientBase } from 'pg';
import { FactRows, type AnyRowSet } from '../projections/fact-rows';
import { foldCommits, wantRows } from '../projections/registry';
import { checkpointsTable, type CheckpointRow } from '../tables/configuration.tables';
import { jsonText } from '../tables/json-text';
import { loadSql, selectList } from '../tables/table';
import { chainHash, commitDigest } from './commit-digest';
import { writeStatement } from './write-statement';

export interface FactWriterOptions {
  /** Rows of each table that stay in memory between batches, which spares loading them; 1,000 unless told. */
  readonly rowsMax?: number;
  /** Whether a write tells those who listen for the position. */
  readonly announces: boolean;
}

/**
 * Brings commits into the tables: folds them in memory, then writes rows and checkpoint in one statement, hence in one
 * transaction. So a commit is in the rows exactly once, whatever is delivered twice and wherever a process ends. Only one
 * writer may write; one that was overtaken fails without effect. After an error a writer is of no more use: open a new one.
 */
export class FactWriter {
  private constructor(
    private readonly client: ClientBase,
    private readonly rows: FactRows,
    private readonly options: FactWriterOptions,
    private written: CheckpointRow,
  ) {
    this.folded = written;
  }

  private folded: CheckpointRow;

  /** Goes on where the tables stand. */
  static async open(client: ClientBase, options: FactWriterOptions): Promise<FactWriter> {
    const checkpoint = await readCheckpoint(client);
    return new FactWriter(client, new FactRows({ whole: checkpoint.sequence === 0 }), options, checkpoint);
  }

  /** Where the tables stand. */
  get checkpoint(): CheckpointRow {
    return this.written;
  }

  /** Position of the last commit folded, written or not. */
  get sequence(): number {
    return this.folded.sequence;
  }

  /** Changed rows that wait to be written. */
  get changes(): number {
    return this.rows.changes;
  }

  /** Folds commits into rows in memory; those that are in already are left out. */
  async fold(commits: readonly Commit[]): Promise<void> {
    const fresh = commits.filter(({ sequence }) => sequence > this.folded.sequence);
    if (fresh.length === 0) return;
    await this.load(fresh);
    foldCommits(this.rows, fresh);
    let { runningHash, commitDigest: digest } = this.folded;
    for (const commit of fresh) {
      digest = commitDigest(commit);
      runningHash = chainHash(runningHash, digest);
    }
    const last = fresh.at(-1)!;
    this.folded = { ...this.folded, sequence: last.sequence, commitId: last.id, commitDigest: digest, runningHash };
  }

  /**
   * Writes what was folded before the call; more may be folded meanwhile, but one write at a time runs. Whether it is on disk
   * when this returns, the session's `synchronous_commit` says.
   */
  async write(): Promise<void> {
    const { announces } = this.options;
    const to = this.folded;
    if (to.sequence === this.written.sequence) return;
    await this.client.query(writeStatement(this.rows, { from: this.written, to, announces }));
    this.written = to;
    for (const set of this.rows.sets) set.trim(this.options.rowsMax ?? 1_000);
  }

  /** Puts on disk what was written so far. */
  async flush(): Promise<void> {
    await this.client.query(flushStatement);
  }

  /** A row that is derived from another is wanted once that other is known, hence the rounds. */
  private async load(commits: readonly Commit[]): Promise<void> {
    for (let missing = true; missing;) {
      wantRows(this.rows, commits);
      missing = false;
      for (const set of this.rows.sets) missing = (await this.loadSet(set)) || missing;
    }
  }

  private async loadSet(set: AnyRowSet): Promise<boolean> {
    const keys = set.takeWanted() as readonly object[];
    if (keys.length === 0) return false;
    const wanted = keys.map((key) =>
      Object.fromEntries(set.table.key.map((part: string) => [part, Reflect.get(key, part)])),
    );
    const { rows } = await this.client.query({
      name: `load_${set.table.name}`,
      text: loadSql(set.table),
      values: [jsonText(wanted)],
    });
    set.learn(keys, rows);
    return true;
  }
}

/** The row moves in place: what matters is that this commit waits for the disk, and takes along all before it. */
const flushStatement =
  "with durable as (select set_config('synchronous_commit', 'on', true)) " +
  "update projection_checkpoints set updated_at = now() from durable where name = 'facts'";

const checkpointStatement = `select ${selectList(checkpointsTable)} from projection_checkpoints where name = 'facts'`;

/** Throws when the migrations have not run. */
export async function readCheckpoint(client: ClientBase): Promise<CheckpointRow> {
  const { rows } = await client.query<CheckpointRow>(checkpointStatement);
  if (!rows[0]) throw new Error("the read model has no checkpoint 'facts': run its migrations");
  return rows[0];
}
