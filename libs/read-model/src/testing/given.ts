import type { Category, EventsOf } from '@hearth/contracts';
import type { Commit } from '@hearth/event-sourcing';
import { FactRows } from '../projections/fact-rows';
import { foldCommits } from '../projections/registry';

/** Commits of one test, numbered as in a log, a second apart. */
export class SampleLog {
  readonly commits: Commit[] = [];

  add<C extends Category>(category: C, id: string, ...events: EventsOf[C][]): this {
    const sequence = this.commits.length + 1;
    const commit: Commit<C> = {
      id: `commit-${sequence}`,
      sequence,
      stream: { category, id },
      ...{ recordedAt: momentOf(sequence), storedAt: momentOf(sequence) },
      correlationId: 'req-1',
      events,
    };
    this.commits.push(commit);
    return this;
  }

  /** The same log with its last commit recorded now, and the others a second before the next. */
  happeningNow(): SampleLog {
    const log = new SampleLog();
    const end = Date.now() - 1_000 * this.commits.length;
    for (const commit of this.commits) {
      const at = new Date(end + 1_000 * commit.sequence).toISOString();
      log.commits.push({ ...commit, recordedAt: at, storedAt: at });
    }
    return log;
  }
}

/** When the sample commit of this number was recorded and stored. */
export function momentOf(sequence: number): string {
  return new Date(Date.UTC(2026, 0, 2, 3, 4, sequence)).toISOString();
}

/** The rows that a log leads to, without any database. */
export function given(log: SampleLog): FactRows {
  return rowsOf(log.commits);
}

/** The same of commits. */
export function rowsOf(commits: readonly Commit[]): FactRows {
  const rows = new FactRows({ whole: true });
  foldCommits(rows, commits);
  return rows;
}
