import type { Commit } from '@hearth/event-sourcing';
import fc from 'fast-check';
import { keyText } from '../tables/table';
import { anyLog } from '../testing/any-log';
import { FactRows } from './fact-rows';
import { foldCommits, wantRows } from './registry';

/** Tables in memory, read and written as PostgreSQL's are: by key. */
class Tables {
  private readonly stored = new Map<string, Map<string, object>>();

  load(rows: FactRows, commits: readonly Commit[]): void {
    for (let missing = true; missing;) {
      missing = false;
      wantRows(rows, commits);
      for (const set of rows.sets) {
        const keys = set.takeWanted();
        missing ||= keys.length > 0;
        const found = keys.flatMap((key: object) => this.of(set.table.name).get(keyText(set.table, key)) ?? []);
        set.learn(keys, found);
      }
    }
  }

  write(rows: FactRows): void {
    for (const set of rows.sets) {
      const { upserts, deletions } = set.takeChanges();
      for (const row of upserts) this.of(set.table.name).set(keyText(set.table, row), row);
      for (const key of deletions) this.of(set.table.name).delete(keyText(set.table, key));
    }
  }

  contents(): unknown {
    const tables = [...this.stored].map(([name, rows]) => [name, Object.fromEntries([...rows].sort())]);
    return Object.fromEntries(tables.filter(([, rows]) => Object.keys(rows as object).length > 0));
  }

  private of(name: string): Map<string, object> {
    const rows = this.stored.get(name) ?? new Map<string, object>();
    this.stored.set(name, rows);
    return rows;
  }
}

function project(batches: readonly (readonly Commit[])[], rowsMax: number): unknown {
  const tables = new Tables();
  const rows = new FactRows({ whole: false });
  for (const batch of batches) {
    tables.load(rows, batch);
    foldCommits(rows, batch);
    tables.write(rows);
    for (const set of rows.sets) set.trim(rowsMax);
  }
  return tables.contents();
}

function cut(commits: readonly Commit[], sizes: readonly number[]): Commit[][] {
  const batches: Commit[][] = [];
  for (let at = 0, turn = 0; at < commits.length; turn += 1) {
    const size = sizes[turn % sizes.length]!;
    batches.push(commits.slice(at, at + size));
    at += size;
  }
  return batches;
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

test('batches of any size, with any rows kept in memory, end in the same rows', () => {
  fc.assert(
    fc.property(anyLog, sizes, fc.integer({ min: 0, max: 5 }), (commits, cuts, rowsMax) => {
      expect(project(cut(commits, cuts), rowsMax)).toEqual(project([commits], 1_000));
    }),
  );
});
