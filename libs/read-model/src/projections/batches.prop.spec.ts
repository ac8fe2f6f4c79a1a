import type { Commit } from '@hearth/event-sourcing';
import fc from 'fast-check';
import { SampleLog } from '../testing/given';
import * as sample from '../testing/sample-events';
import { keyText } from '../tables/table';
import { FactRows } from './fact-rows';
import { foldCommits, wantRows } from './registry';

/** Any sequence of facts about a few volumes and a few entries, sensible or not: projections are total. */
const small = fc.integer({ min: 1, max: 4 });
const volumeEvents = small.chain((volume) =>
  fc
    .constantFrom(
      sample.requested(volume),
      sample.placed(),
      sample.rescheduled(),
      sample.provisioned(),
      sample.createFailed(),
      sample.deletionRequested,
      sample.deletionFailed,
      sample.deleted,
    )
    .map((event) => (log: SampleLog) => log.add('volume', sample.volumeId(volume), event)),
);
const cacheEvents = fc
  .tuple(small, small, fc.constantFrom(sample.poolA, sample.poolB))
  .chain(([generation, volume, pool]) =>
    fc
      .constantFrom(
        sample.fillStarted(generation),
        sample.created(generation, 3),
        sample.fillFailed(generation),
        sample.joined(generation, volume),
        sample.leased(generation, volume),
        sample.released(generation, volume, 1),
        sample.hit(generation, volume),
        sample.miss(generation, volume),
        sample.evicted(generation),
        sample.reaped(generation),
      )
      .map((event) => (log: SampleLog) => log.add('image-cache', pool, event)),
  );
const settings = fc.constant((log: SampleLog) =>
  log.add('service', 'store-01@fast', sample.settingsReported([sample.poolA, sample.poolB])),
);
const logs = fc
  .array(fc.oneof(volumeEvents, cacheEvents, settings), { maxLength: 60 })
  .map((steps) => steps.reduce((log, step) => step(log), new SampleLog()).commits);

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
    fc.property(logs, sizes, fc.integer({ min: 0, max: 5 }), (commits, cuts, rowsMax) => {
      expect(project(cut(commits, cuts), rowsMax)).toEqual(project([commits], 1_000));
    }),
  );
});

test('what a pool holds is what its entries add up to, and a project uses what its volumes add up to', () => {
  fc.assert(
    fc.property(logs, (commits) => {
      const rows = new FactRows({ whole: true });
      foldCommits(rows, commits);
      for (const pool of rows.cachePools.values()) {
        const entries = rows.cacheEntries.values().filter((entry) => entry.pool === pool.pool);
        const gibOf = (...statuses: string[]) =>
          entries.filter(({ status }) => statuses.includes(status)).reduce((sum, { sizeGib }) => sum + sizeGib, 0);
        expect([pool.sizeGib, pool.retiredGib]).toEqual([gibOf('filling', 'ready'), gibOf('retired')]);
      }
      for (const { projectId, volumes, gigabytes } of rows.projectUsage.values()) {
        const counted = rows.volumes.values().filter((row) => row.projectId === projectId && row.deletedAt === null);
        expect([volumes, gigabytes]).toEqual([counted.length, counted.reduce((sum, row) => sum + row.sizeGib, 0)]);
      }
    }),
  );
});
